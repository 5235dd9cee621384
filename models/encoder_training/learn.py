"""Training: the student learns the teacher's view of topics, and which entry answers a visitor.

A step sees one kind of batch, in turn as the recipe's cycle has it:

- T: a topic. Rows are noised texts, columns the same texts clean. The student's
  distribution over the other columns follows the teacher's, both ways
  (Kullback-Leibler); the diagonal is masked, since with it the target is nearly
  one-hot and nothing is learnt. A small contrastive term ties a noised text to itself.
- Q, A: what visitors write, against entries given by their question (Q) or with
  their answer (A): in-batch contrast (InfoNCE, both ways), near entries as negatives.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch.nn import functional

from encoder_training.batches import Batch
from encoder_training.student import Student, Weights, weights_of

Log = Callable[[str], None]
TOPICS, QUESTIONS, ANSWERS = "T", "Q", "A"
NARROW = 128
"""Leading dimensions that must do alone when `matryoshka` is on."""


class Batches(Protocol):
    """Where batches come from."""

    def batch(self, seed: int, number: int) -> Batch:
        """Batch `number` of the run with `seed`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides a run's outcome; written beside its weights."""

    seed: int = 1
    steps: int = 240
    cycle: str = "QA"
    topic_loss: str = "divergence"
    """"divergence", "squares" (of the difference from the teacher's similarities) or "contrast" (no teacher)."""
    rate: float = 5e-5
    warm_up: float = 0.06
    student_temperature: float = 0.03
    teacher_temperature: float = 0.05
    identity: float = 0.3
    cluster: int = 8
    topic_size: int = 56
    questions_size: int = 64
    answers_size: int = 20
    topic_tokens: int = 48
    answer_tokens: int = 256
    layers: int = 12
    matryoshka: float = 0.0
    prompts: bool = True
    unanswered: float = 1.0
    """Questions that no entry answers, for each that one does, at most."""
    variants: float = 0.3
    """Share of entries that batches of questions give by something else that visitors ask of them."""
    more: bool = False
    """Whether the further FAQs (written/more_faqs.jsonl) are trained on, too."""


def divergence(scores: torch.Tensor, teacher: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Kullback-Leibler from the teacher's distribution over the others to the student's, both ways."""
    diagonal = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    target = (teacher / recipe.teacher_temperature).masked_fill(diagonal, -1e4).softmax(dim=1)
    loss = scores.new_zeros(())
    for view in (scores, scores.T):
        made = (view / recipe.student_temperature).masked_fill(diagonal, -1e4).log_softmax(dim=1)
        loss = loss + functional.kl_div(made, target, reduction="batchmean") / 2
    return loss


def squares(scores: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Squared difference of similarities, each row and both sides brought to mean 0 and deviation 1."""

    def standard(values: torch.Tensor) -> torch.Tensor:
        return (values - values.mean(1, keepdim=True)) / (values.std(1, keepdim=True) + 1e-6)

    return functional.mse_loss(standard(scores), standard(teacher))


def contrast(scores: torch.Tensor, excused: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Each row's own column against the others, both ways, but for those `excused` (InfoNCE; van den Oord, 2018).

    `scores` has shape (n + m, n): m further rows have no column of their own and count against every column's.
    """
    count = scores.shape[1]
    diagonal = torch.eye(count, dtype=torch.bool, device=scores.device)
    logits = scores / recipe.student_temperature
    paired = logits[:count].masked_fill(excused & ~diagonal, -1e4)
    by_column = torch.cat([paired, logits[count:]]).T
    rows = torch.arange(count, device=scores.device)
    return (functional.cross_entropy(paired, rows) + functional.cross_entropy(by_column, rows)) / 2


def loss_of(student: Student, batch: Batch, longest: int, recipe: Recipe) -> torch.Tensor:
    """The loss of one batch, either kind."""
    queries = student.vectors(student.as_queries(batch.queries + batch.unanswered), recipe.topic_tokens)
    passages = student.vectors(student.as_passages(batch.passages), longest)
    loss = loss_of_vectors(queries, passages, batch, recipe)
    if recipe.matryoshka:
        narrow = [functional.normalize(vectors[:, :NARROW], dim=-1) for vectors in (queries, passages)]
        loss = loss + recipe.matryoshka * loss_of_vectors(narrow[0], narrow[1], batch, recipe)
    return loss


def loss_of_vectors(queries: torch.Tensor, passages: torch.Tensor, batch: Batch, recipe: Recipe) -> torch.Tensor:
    """The loss of a batch's vectors."""
    scores = queries @ passages.T
    excused = torch.from_numpy(batch.excused).to(scores.device)
    if batch.teacher is None or recipe.topic_loss == "contrast":
        return contrast(scores, excused, recipe)
    teacher = torch.from_numpy(batch.teacher).to(scores.device)
    loss = squares(scores, teacher) if recipe.topic_loss == "squares" else divergence(scores, teacher, recipe)
    return loss + recipe.identity * contrast(scores, excused, recipe)


def rate_at(step: int, recipe: Recipe) -> float:
    """The learning rate: a ramp up, then straight down to nothing."""
    ramp = max(1, int(recipe.steps * recipe.warm_up))
    return recipe.rate * min((step + 1) / ramp, (recipe.steps - step) / max(1, recipe.steps - ramp))


def make_optimiser(student: Student, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW over all but the word vectors: words that training never shows must stay in place."""
    student.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    kept = [value for value in student.bert.parameters() if value.requires_grad]
    return torch.optim.AdamW(kept, lr=recipe.rate, weight_decay=0.01, fused=True)


def train(student: Student, sources: Mapping[str, Batches], recipe: Recipe, folder: Path | None, log: Log) -> Weights:
    """Train, from `folder`'s last state where there is one; `sources` gives each kind of batch."""
    torch.manual_seed(recipe.seed)
    optimiser = make_optimiser(student, recipe)
    first = restore(student, optimiser, recipe, folder) if folder else 0
    # BERT's dropout is off in eval mode, and so few steps need none.
    student.bert.eval()
    start, running = time.time(), 0.0
    for step in range(first, recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, recipe)
        kind = recipe.cycle[step % len(recipe.cycle)]
        longest = recipe.answer_tokens if kind == ANSWERS else recipe.topic_tokens
        loss = loss_of(student, sources[kind].batch(recipe.seed, step), longest, recipe)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.bert.parameters(), 1.0)
        optimiser.step()
        running = loss.item() if not running else 0.95 * running + 0.05 * loss.item()
        if (step + 1) % 10 == 0:
            pace = (step + 1 - first) / (time.time() - start)
            log(f"step {step + 1}/{recipe.steps}, loss {running:.3f}, {pace:.2f} steps/s")
        if folder and ((step + 1) % 50 == 0 or step + 1 == recipe.steps):
            save(student, optimiser, recipe, folder, step + 1)
    return weights_of(student.bert)


def save(student: Student, optimiser: torch.optim.Optimizer, recipe: Recipe, folder: Path, step: int) -> None:
    """The state to resume from, written aside and then moved over the last one."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "step": step,
        "recipe": asdict(recipe),
        "weights": student.bert.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, folder / "state.part")
    (folder / "state.part").replace(folder / "state.pt")


def restore(student: Student, optimiser: torch.optim.Optimizer, recipe: Recipe, folder: Path) -> int:
    """Load the last state of the same recipe; the number of steps done."""
    path = folder / "state.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location=student.device)
    if state["recipe"] != asdict(recipe):
        raise ValueError(f"{path} is of another recipe: remove its folder or name another run")
    student.bert.load_state_dict(state["weights"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])

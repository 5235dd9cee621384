"""Training: the student's view of a batch is drawn to the teacher's (relational distillation).

Rows are noised questions, columns clean passages. The student's distribution over
the other columns follows the teacher's, both ways (Kullback-Leibler); the diagonal
is masked, since with it the target is nearly one-hot and nothing is learnt. A small
contrastive term ties a noised text to its clean self. Every few steps a batch of
questions with long answers is learnt by in-batch contrast alone, so that long
passages keep their place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional

from encoder_training.batches import Answers, Batch, Topics
from encoder_training.student import Student, Weights, weights_of

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides a run's outcome; written beside its weights."""

    seed: int = 1
    steps: int = 460
    rate: float = 6e-5
    warm_up: float = 0.06
    student_temperature: float = 0.03
    teacher_temperature: float = 0.05
    relational: float = 1.0
    identity: float = 0.3
    answers_every: int = 6
    topic_size: int = 56
    answers_size: int = 20
    topic_tokens: int = 48
    answer_tokens: int = 256


def relational_loss(scores: torch.Tensor, teacher: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Divergence of the student's distribution over the others from the teacher's, both ways."""
    diagonal = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    target = (teacher / recipe.teacher_temperature).masked_fill(diagonal, -1e4).softmax(dim=1)
    loss = scores.new_zeros(())
    for view in (scores, scores.T):
        made = (view / recipe.student_temperature).masked_fill(diagonal, -1e4).log_softmax(dim=1)
        loss = loss + functional.kl_div(made, target, reduction="batchmean") / 2
    return loss


def contrastive_loss(scores: torch.Tensor, excused: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Each row's own column against the others, both ways, but for `excused` near-copies."""
    logits = (scores / recipe.student_temperature).masked_fill(excused, -1e4)
    rows = torch.arange(len(scores), device=scores.device)
    return (functional.cross_entropy(logits, rows) + functional.cross_entropy(logits.T, rows)) / 2


def loss_of(student: Student, batch: Batch, recipe: Recipe) -> torch.Tensor:
    """The loss of one batch, either kind."""
    longest = recipe.answer_tokens if batch.teacher is None else recipe.topic_tokens
    scores = student.vectors(batch.queries, recipe.topic_tokens) @ student.vectors(batch.passages, longest).T
    if batch.teacher is None:
        return contrastive_loss(scores, torch.zeros_like(scores, dtype=torch.bool), recipe)
    teacher = torch.from_numpy(batch.teacher).to(scores.device)
    diagonal = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    loss = recipe.relational * relational_loss(scores, teacher, recipe)
    if recipe.identity:
        loss = loss + recipe.identity * contrastive_loss(scores, (teacher > 0.8) & ~diagonal, recipe)
    return loss


def rate_at(step: int, recipe: Recipe) -> float:
    """The learning rate: a ramp up, then straight down to nothing."""
    ramp = max(1, int(recipe.steps * recipe.warm_up))
    return recipe.rate * min((step + 1) / ramp, (recipe.steps - step) / max(1, recipe.steps - ramp))


def make_optimiser(student: Student, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW over all but the word vectors: words that training never shows must stay in place."""
    student.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    kept = [value for value in student.bert.parameters() if value.requires_grad]
    return torch.optim.AdamW(kept, lr=recipe.rate, weight_decay=0.01, fused=True)


def train(
    student: Student, topics: Topics, answers: Answers, recipe: Recipe, folder: Path, log: Log, last: int
) -> Weights:
    """Train up to step `last`, from `folder`'s last state where there is one.

    The rate follows the recipe's own number of steps, however early the run ends.
    """
    torch.manual_seed(recipe.seed)
    optimiser = make_optimiser(student, recipe)
    first = restore(student, optimiser, recipe, folder)
    # BERT's dropout is off in eval mode, and so few steps need none.
    student.bert.eval()
    start, running = time.time(), 0.0
    for step in range(first, min(last, recipe.steps)):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, recipe)
        source = answers if recipe.answers_every and step % recipe.answers_every == 0 else topics
        loss = loss_of(student, source.batch(recipe.seed, step), recipe)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.bert.parameters(), 1.0)
        optimiser.step()
        running = loss.item() if not running else 0.95 * running + 0.05 * loss.item()
        if (step + 1) % 10 == 0:
            pace = (step + 1 - first) / (time.time() - start)
            log(f"step {step + 1}/{recipe.steps}, loss {running:.3f}, {pace:.2f} steps/s")
        if (step + 1) % 50 == 0 or step + 1 in {last, recipe.steps}:
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

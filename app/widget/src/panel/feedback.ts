/** Was this answer useful? A vote counts at once; what follows it is optional. */

import { h, icon, uniqueId } from "../dom";
import * as ICONS from "../icons";
import type { Context } from "./views";

type Vote = "up" | "down";

export function feedbackView(context: Context, answerId: string): HTMLElement {
  const { texts, api } = context;
  const label = h("span", { id: uniqueId("vote") }, texts.useful);
  const up = voteButton("up", texts.yes);
  const down = voteButton("down", texts.no);
  const thanks = h("p", { class: "thanks", role: "status", tabindex: "-1" });
  const form = reasonsForm(context);

  const vote = async (value: Vote, sentence: string): Promise<void> => {
    press(up, value === "up");
    press(down, value === "down");
    form.hidden = value === "up";
    try {
      await api.vote({ answer_id: answerId, vote: value });
      thanks.textContent = sentence;
      context.emit("guichet:feedback", { answerId, vote: value });
      if (value === "down") context.reveal(form);
    } catch {
      press(up, false);
      press(down, false);
      form.hidden = true;
      thanks.textContent = texts.feedbackFailed;
    }
  };
  up.addEventListener("click", () => void vote("up", texts.thanksUp));
  down.addEventListener("click", () => void vote("down", texts.thanksDown));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await api.vote({ answer_id: answerId, vote: "down", ...said(form) });
      form.hidden = true;
      thanks.textContent = texts.thanksReason;
      thanks.focus({ preventScroll: true });
    } catch {
      thanks.textContent = texts.feedbackFailed;
    }
  });

  const votes = h("div", { class: "votes", role: "group", "aria-labelledby": label.id }, label, up, down);
  return h("div", { class: "feedback" }, votes, thanks, form);
}

function voteButton(vote: Vote, label: string): HTMLButtonElement {
  return h("button", { type: "button", class: `quiet ${vote}`, "aria-pressed": "false" }, icon(ICONS.thumb), label);
}

function press(button: HTMLElement, pressed: boolean): void {
  button.setAttribute("aria-pressed", String(pressed));
}

function reasonsForm({ texts }: Context): HTMLFormElement {
  const name = uniqueId("reason");
  const fieldset = h("fieldset", {}, h("legend", {}, texts.whatWasWrong));
  for (const value of Object.keys(texts.reasons)) {
    fieldset.append(h("label", {}, h("input", { type: "radio", name, value }), h("span", {}, texts.reasons[value]!)));
  }
  return h(
    "form",
    { class: "reasons", hidden: true },
    fieldset,
    h("label", { class: "comment" }, texts.comment, h("textarea", { rows: "2", maxlength: "1000" })),
    h("button", { type: "submit", class: "secondary" }, texts.sendReason),
  );
}

function said(form: HTMLFormElement): { reason?: string; comment?: string } {
  const reason = form.querySelector<HTMLInputElement>("input:checked")?.value;
  const comment = form.querySelector("textarea")?.value.trim();
  return { ...(reason ? { reason } : {}), ...(comment ? { comment } : {}) };
}

/** Was this answer useful? A vote counts at once; what follows it is optional. */

import { sendFeedback } from "./api.js";
import { clone, part, uniqueId } from "./dom.js";
import { texts } from "./texts.js";

export function feedbackView(answerId) {
  const view = clone("feedback");
  const [up, down, form, thanks] = ["up", "down", "form", "thanks"].map((name) => part(view, name));
  const label = part(view, "label");
  label.id = uniqueId("vote");
  part(view, "votes").setAttribute("aria-labelledby", label.id);

  const say = (sentence) => (thanks.textContent = sentence);

  const vote = async (value, button, other, sentence) => {
    button.ariaPressed = "true";
    other.ariaPressed = "false";
    form.hidden = value === "up";
    try {
      await sendFeedback({ answer_id: answerId, vote: value });
      say(sentence);
      form.scrollIntoView({ block: "nearest" });
    } catch {
      button.ariaPressed = "false";
      form.hidden = true;
      say(texts.feedbackFailed);
    }
  };
  up.addEventListener("click", () => vote("up", up, down, texts.thanksUp));
  down.addEventListener("click", () => vote("down", down, up, texts.thanksDown));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const feedback = { answer_id: answerId, vote: "down" };
    for (const name of ["reason", "comment"]) {
      const value = fields.get(name)?.trim();
      if (value) feedback[name] = value;
    }
    try {
      await sendFeedback(feedback);
      form.hidden = true;
      say(texts.thanksReason);
      thanks.focus();
    } catch {
      say(texts.feedbackFailed);
    }
  });
  return view;
}

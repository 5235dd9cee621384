/** `panel.js`: what the loader imports when the conversation is first opened, in French. */

import { mountIn } from "./panel/panel";
import { texts } from "./panel/texts.fr";

export const mount = mountIn(texts);

"use strict";
// All questions: read from the page, filtered and drawn here, without a server. A row's place holds a field.
const { texts, rows } = JSON.parse(document.getElementById("cases").textContent);
const labels = JSON.parse(document.getElementById("labels").textContent);
const [ID, KIND, SOUND, OUTCOME, ASKED, HISTORY, WANTED, FACTS, CONFIDENCE, ANSWER, SHOWN, QUERY, MENDED, HITS, DECIDE, UNGROUNDED] =
  Array.from({ length: 16 }, (_, at) => at);
const byId = (id) => document.getElementById(id);
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const number = (value) => value.toFixed(3).replace(".", ",");
const searchable = rows.map((row) =>
  fold([row[ID], row[ASKED], ...row[HISTORY], texts[row[ANSWER]], ...row[WANTED].map((at) => texts[at]), ...row[SHOWN].map((at) => texts[at])].join(" ")));

function make(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function details(row) {
  const card = make("div", undefined, "card");
  if (row[HISTORY].length) card.append(make("p", "Avant : " + row[HISTORY].map((said) => `« ${said} »`).join(", puis "), "small"));
  const wanted = row[WANTED].map((at) => texts[at]);
  card.append(make("p", "Attendu : " + (wanted.join(", ") || "aucune entrée") + (row[FACTS].length ? " · faits : " + row[FACTS].join(" ; ") : ""), "small"));
  card.append(make("p", `Confiance ${number(row[CONFIDENCE])}`, "muted small"));
  card.append(make("p", texts[row[ANSWER]], "answer"));
  if (row[SHOWN].length) card.append(make("p", (row[OUTCOME] === "answered" ? "Sources : " : "Proposé : ") + row[SHOWN].map((at) => texts[at]).join(" ; "), "small muted"));
  for (const sentence of row[UNGROUNDED]) card.append(make("p", "Phrase sans appui dans la FAQ : " + sentence, "small"));
  if (row[HITS].length) {
    const read = [row[QUERY] && "lu : " + row[QUERY], row[MENDED] && "corrigé : " + row[MENDED]].filter(Boolean).join(" ; ");
    card.append(make("p", "Entrées trouvées" + (read ? ` (${read})` : ""), "small muted"));
    const list = make("ol", undefined, "small");
    for (const [at, score] of row[HITS]) {
      const expected = row[WANTED].includes(at);
      list.append(make("li", `${texts[at]} ${number(score)}${expected ? " (attendue)" : ""}`, expected ? "want" : ""));
    }
    card.append(list);
    card.append(make("p", row[DECIDE].map(([at, value]) => `${texts[at]} ${number(value)}`).join(" · "), "muted small"));
  }
  return card;
}

function line(row) {
  const element = make("details", undefined, "case");
  const summary = make("summary");
  summary.append(make("span", `${row[SOUND] ? "✓" : "✗"} ${labels.outcomes[row[OUTCOME]]}`, "tag " + (row[SOUND] ? "ok" : "ko")));
  summary.append(make("span", row[ASKED], "asked"), make("span", row[ID], "id"));
  element.append(summary);
  element.addEventListener("toggle", () => { if (element.open && element.childElementCount === 1) element.append(details(row)); });
  return element;
}

const lines = rows.map(line);
byId("list").append(...lines);

function filter() {
  const words = fold(byId("find").value).split(/\s+/).filter(Boolean);
  const [state, kind, outcome] = ["state", "kind", "outcome"].map((id) => byId(id).value);
  let shown = 0;
  rows.forEach((row, at) => {
    const on = words.every((word) => searchable[at].includes(word)) && (!state || String(row[SOUND]) === state) &&
      (!kind || row[KIND] === kind) && (!outcome || row[OUTCOME] === outcome);
    lines[at].hidden = !on;
    shown += on;
  });
  byId("count").textContent = shown + (shown > 1 ? " questions" : " question");
}
for (const id of ["find", "state", "kind", "outcome"]) byId(id).addEventListener("input", filter);

/** Every French string the scripts show; the templates hold the others. */

const NBSP = "\u00a0";

export const LIMIT = 1000;

const number = new Intl.NumberFormat("fr-FR");

export const texts = {
  newWindow: ` (nouvelle fenêtre)`,
  empty: "Écrivez d’abord votre question.",
  tooLong: `Votre question est trop longue${NBSP}: raccourcissez-la avant de l’envoyer.`,
  busy: "Une réponse est déjà en cours.",
  counter: (used) => `${number.format(used)}${NBSP}/${NBSP}${number.format(LIMIT)} caractères`,
  searching: "Recherche dans la FAQ…",
  writing: "Réponse en cours…",
  stopped: "Vous avez interrompu la réponse.",
  restarted: "Nouvelle conversation.",
  answerIntro: `Réponse${NBSP}: `,
  origin: (generator) =>
    generator === "verbatim"
      ? "Réponse composée à partir de la FAQ."
      : `Réponse rédigée par ${generator}, à partir de la FAQ.`,
  sources: (count) => (count > 1 ? "D’après ces questions de la FAQ" : "D’après cette question de la FAQ"),
  sourceMark: (n) => `Source ${n}`,
  sourceLink: (question) => `${NBSP}: «${NBSP}${question}${NBSP}»`,
  showEntry: "Voir la réponse complète",
  hideEntry: "Masquer la réponse complète",
  entryFailed: "La réponse complète n’a pas pu être chargée. Vous pouvez la lire dans la FAQ.",
  fullAnswer: (question) => `Réponse complète${NBSP}: ${question}`,
  didYouMean: "Vouliez-vous dire…",
  followUps: "Questions proches",
  contactPage: "Page de contact",
  copied: "Réponse copiée",
  copyFailed: "La copie n’a pas fonctionné",
  copySource: (question, url) => `Source${NBSP}: ${question}${url ? ` – ${url}` : ""}`,
  thanksUp: `Merci${NBSP}!`,
  thanksDown: "Merci, votre avis est enregistré.",
  thanksReason: "Merci pour ces précisions.",
  feedbackFailed: "Votre avis n’a pas pu être enregistré. Vous pouvez réessayer.",
  retry: "Réessayer",
  retryIn: (seconds) => `Réessayer (dans ${seconds}${NBSP}s)`,
  offline: "Vous semblez hors connexion. Vérifiez votre accès à internet, puis réessayez.",
  unreachable: "Le service ne répond pas pour le moment. Réessayez dans quelques instants.",
  timeout: "La réponse tarde trop. Réessayez dans quelques instants.",
  unknown: "Un problème est survenu de notre côté. Réessayez dans quelques instants.",
};

// Passkeys: ask the console for options, ask the browser, send its answer as the form that the button is in.
// Without this script, or in a browser without passkeys, the form stays hidden and says why.
const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const withIds = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function optionsOf(sent) {
  const options = { ...sent, challenge: bytes(sent.challenge) };
  if (sent.user) options.user = { ...sent.user, id: bytes(sent.user.id) };
  if (sent.excludeCredentials) options.excludeCredentials = withIds(sent.excludeCredentials);
  if (sent.allowCredentials) options.allowCredentials = withIds(sent.allowCredentials);
  return options;
}

function answerOf(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    parts.attestationObject = text(response.attestationObject);
    parts.transports = response.getTransports?.() ?? [];
  } else {
    parts.authenticatorData = text(response.authenticatorData);
    parts.signature = text(response.signature);
    parts.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: parts,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment,
  });
}

const MISSING = "This browser does not support passkeys.";
const NOT_MADE = "No passkey was created. You canceled, it took too long, or the device could not verify you. Try again.";
const REASONS = {
  NotAllowedError: "The passkey was not used. You canceled, it took too long, or the device has none for this console. Try again.",
  InvalidStateError: "This device already has a passkey for you. Choose another device, or keep the passkey you have.",
  NotSupportedError: "This device cannot create the kind of passkey that this console needs. Use another one.",
  ConstraintError: "This device cannot verify you by PIN, fingerprint or face. Set that up on it, or use another one.",
  NetworkError: "This console did not answer. Check the connection and try again.",
};
const wrongAddress = (form) =>
  `Passkeys work only at ${form.dataset.origin}. Open this console at that address. This page is at ${location.origin}.`;

let waiting = null; // the offer in the user name field; only one question may be open at a time

async function ask(form, { quietly = false } = {}) {
  const { creates, options } = form.dataset;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const reply = await fetch(options, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  if (!reply) throw new DOMException("", "NetworkError");
  const sent = await reply.json().catch(() => ({ error: "The page is too old. Reload it." }));
  if (sent.error) throw new Error(sent.error);
  waiting?.abort();
  waiting = new AbortController();
  const question = { publicKey: optionsOf(sent.publicKey), signal: waiting.signal };
  if (quietly) question.mediation = "conditional";
  const credential = creates === undefined ? await navigator.credentials.get(question) : await navigator.credentials.create(question);
  form.elements.challenge.value = sent.challenge;
  form.elements.credential.value = answerOf(credential);
  form.submit();
}

function tell(form, message) {
  const place = form.querySelector("[data-passkey-error]");
  place.textContent = message;
  place.parentElement.hidden = false;
}

function reason(form, error) {
  if (error.name === "SecurityError") return wrongAddress(form);
  if (error.name === "NotAllowedError" && form.dataset.creates !== undefined) return NOT_MADE;
  return REASONS[error.name] ?? (error.name === "Error" ? error.message : `The browser refused: ${error.message}`);
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const button = form.querySelector("button");
  const here = location.origin === form.dataset.origin;
  if (!window.PublicKeyCredential || !here) {
    const note = form.querySelector("[data-passkey-note]");
    note.textContent = here ? MISSING : wrongAddress(form);
    note.hidden = false;
    button.hidden = true;
    continue;
  }
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    form.querySelector("[data-passkey-error]").parentElement.hidden = true;
    button.disabled = true;
    try {
      await ask(form);
    } catch (error) {
      if (error.name !== "AbortError") tell(form, reason(form, error));
      button.disabled = false;
    }
  });
  // The user name field offers the passkeys of this device where the browser can.
  if (form.dataset.offers !== undefined && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    ask(form, { quietly: true }).catch(() => {});
  }
}

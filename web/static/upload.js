// The drop zone: tells a wrong file before it is sent, and keeps a drop beside the zone from opening the file.
// The page works without this: a file input takes a picked or a dropped file by itself.
"use strict";

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const told = form.querySelector("[data-told]");
  const button = form.querySelector("button");
  const most = Number(form.dataset.mostBytes);
  const taken = form.dataset.taken.split(" ");

  const expected = JSON.parse(form.dataset.expected);

  // What is wrong cannot be sent; what is doubtful can, for the server is the one to know.
  const show = (state, sentence) => {
    form.classList.toggle("ready", state === "ready");
    form.classList.toggle("wrong", state === "wrong" || state === "doubtful");
    told.textContent = sentence;
    input.setCustomValidity(state === "wrong" ? sentence : "");
  };

  const size = (bytes) =>
    bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  const look = () => {
    const file = input.files[0];
    if (!file) return show("", "");
    if (!taken.some((ending) => file.name.toLowerCase().endsWith(ending))) {
      return show("wrong", `✗ ${file.name} is none of ${taken.join(", ")}: make the archive first, then choose that.`);
    }
    if (file.size === 0) return show("wrong", `✗ ${file.name} is empty: make the archive again.`);
    if (file.size > most) {
      return show("wrong", `✗ ${file.name} has ${size(file.size)}, and at most ${size(most)} are taken.`);
    }
    lookInto(file);
  };

  const lookInto = async (file) => {
    show("", `${file.name}, ${size(file.size)}: looking into it…`);
    const names = await namesIn(file);
    if (input.files[0] !== file || button.disabled) return;
    const missing = names ? lacking(names, expected) : [];
    if (missing.length) {
      const asked = missing[0].replace(/\s*\|\s*/g, " or ");
      const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
      return show("doubtful", `✗ ${file.name} lacks ${asked}${more}, asked for here. Is it the right archive?`);
    }
    show("ready", `✓ ${file.name}, ${size(file.size)}: ready to hand in.`);
  };

  let depth = 0;
  const drag = (change) => {
    depth = Math.max(0, depth + change);
    form.classList.toggle("dragging", depth > 0);
  };
  document.addEventListener("dragenter", () => drag(1));
  document.addEventListener("dragleave", () => drag(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drag(0);
    if (event.dataTransfer.files.length !== 1) {
      return show("wrong", "✗ Drop exactly one file: what you hand in.");
    }
    input.files = event.dataTransfer.files;
    look();
  });
  input.addEventListener("change", look);
  form.addEventListener("submit", () => {
    button.disabled = true;
    told.textContent = "Uploading…";
  });
  // Coming back by the browser's button shows the page as it was left: make it ready again.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    look();
  });
  look();
}

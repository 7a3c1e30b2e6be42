// Keys of the page on which answers are graded: a number ticks the rubric's item of that number, Enter saves and goes on.
// The page works without this: the form has the same boxes and button. Who does not want the keys turns them off, which
// the browser remembers.
"use strict";

const form = document.querySelector("form[data-keys]");
const boxes = form.querySelectorAll("input[name=rubric]");
const wanted = document.querySelector("[data-keys-wanted]");
const OFF = "handin-keys-off";

wanted.checked = !localStorage.getItem(OFF);
wanted.closest("label").hidden = false;
wanted.addEventListener("change", () => {
  if (wanted.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});

document.addEventListener("keydown", (event) => {
  if (!wanted.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = event.target;
  // Where one types, keys are letters; what can be pressed by Enter is.
  if (at.matches("textarea, input:not([type=checkbox]), select")) return;
  if (event.key === "Enter" && !at.closest("a, button, summary, [data-keys-wanted]")) {
    event.preventDefault();
    form.requestSubmit();
  }
  const box = /^[0-9]$/.test(event.key) && boxes[(Number(event.key) + 9) % 10];
  if (box) {
    box.checked = !box.checked;
    box.focus();
  }
});

// With a keyboard one begins in the form; on a phone the answer stays in sight.
if (matchMedia("(hover: hover)").matches) form.querySelector("input[name=rubric], input[name=points]").focus({ preventScroll: true });

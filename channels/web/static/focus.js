// Where the keyboard's focus goes when the buttons it was on are gone: to the next buttons, else to the input. Never to
// the input on a touch screen, where that would open the keyboard over the conversation.

const canType = matchMedia("(hover: hover) and (pointer: fine)");

export class Focus {
  constructor(log, chips, field) {
    Object.assign(this, { log, chips, field });
    this.placed = null; // where we put the focus, until the resident does anything
    const forget = (event) => event.repeat || (this.placed = null);
    for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, forget, true);
    chips.addEventListener("keydown", (event) => event.repeat && event.preventDefault()); // a held key answers once
  }

  // Whether the buttons' change concerns the focus; ask before they change.
  concerns() {
    const at = document.activeElement;
    return this.chips.contains(at) || (at === this.placed && !this.field.value);
  }

  // After the change. Until the answer comes, the focus waits on the conversation.
  place(isAnswer) {
    const field = canType.matches ? this.field : this.log;
    this.placed = this.chips.querySelector("button") || (isAnswer ? field : this.log);
    this.placed.focus({ preventScroll: true });
  }
}

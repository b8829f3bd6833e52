// The button a company puts on its own site:
//   <script src="https://chat.example/widget.js" data-label="Написать диспетчеру" defer></script>
// With data-page="form" it opens the form instead of the chat.
// Styles live in a shadow root and come from the script, so the site's CSP needs only this address in script-src and
// frame-src. The frame is loaded at the first opening.
(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const label = script.dataset.label || "Написать диспетчеру";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    button { position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; border: 0; border-radius: 28px;
      padding: 14px 20px; font: 600 16px/1.2 system-ui, sans-serif; color: #fff; background: #0b6358; cursor: pointer;
      box-shadow: 0 4px 16px rgba(0, 0, 0, .25); }
    button:focus-visible { outline: 3px solid #0b6358; outline-offset: 3px; }
    iframe { position: fixed; right: 16px; bottom: 80px; z-index: 2147483000; width: 390px; height: min(640px, calc(100dvh - 100px));
      border: 0; border-radius: 16px; background: #fff; box-shadow: 0 8px 32px rgba(0, 0, 0, .3); }
    [hidden] { display: none; }
    @media (max-width: 480px) { iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; } }
  `);

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  root.append(button);
  let frame = null;

  function show(isOpen) {
    if (isOpen && !frame) {
      frame = document.createElement("iframe");
      frame.title = label;
      frame.src = `${origin}${script.dataset.page === "form" ? "/form" : "/"}?embed=1`;
      root.append(frame);
    }
    if (!frame) return;
    frame.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? frame : button).focus();
  }

  button.addEventListener("click", () => show(!frame || frame.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame && !frame.hidden) show(false);
  });
  window.addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.data?.domovoy === "close") show(false);
  });
  document.body.append(host);
})();

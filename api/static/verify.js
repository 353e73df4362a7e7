// Reads a ballot code from the part of the address after "#", which browsers never send, and fills it in.
"use strict";
(() => {
  const CODE = /^[a-z]+-(?:[0-9A-Za-z]{4}-){3}[0-9A-Za-z]{4}$/;
  const show = (id) => { document.getElementById(id).hidden = false; };

  const readFragment = () => {
    let text;
    try {
      text = decodeURIComponent(window.location.hash.slice(1)).trim();
    } catch {
      return;
    }
    if (CODE.test(text)) {
      document.getElementById("code").value = text;
      show("from-link");
    } else if (text.startsWith("receipt")) {
      show("receipt-link");
    }
  };

  readFragment();
  window.addEventListener("hashchange", readFragment);
})();

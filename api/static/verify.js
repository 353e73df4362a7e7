// Reads what stands behind "#" in the address, which browsers never send: a code is filled in, a receipt goes on to the
// page that judges it on this device. And takes a proof there without a file in between.
"use strict";
(() => {
  const CODE = /^(?:code=)?([a-z]+-(?:[0-9A-Za-z]{4}-){3}[0-9A-Za-z]{4})$/;
  const RECEIPT = /^(?:(?:anchor|receipt)=|\{)/;
  const CHECKER = "/receipt.html";
  const TIMEOUT_MS = 15000;
  const element = (id) => document.getElementById(id);
  const show = (id) => { element(id).hidden = false; };

  const readFragment = () => {
    const fragment = window.location.hash.slice(1);
    let text;
    try {
      text = decodeURIComponent(fragment).trim();
    } catch {
      return;
    }
    const code = CODE.exec(text);
    if (code) {
      element("code").value = code[1];
      show("from-link");
    } else if (RECEIPT.test(text)) {
      element("receipt-check").href = `${CHECKER}#${fragment}`;
      show("receipt-link");
    }
  };

  const checkHere = async (event) => {
    const button = event.currentTarget;
    try {
      const answer = await fetch("/verify/receipt", {
        method: "POST", body: new URLSearchParams({ code: button.value }), credentials: "omit", redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const receipt = await answer.text();
      window.location.assign(`${CHECKER}#receipt=${encodeURIComponent(receipt)}`);
    } catch {
      show("no-proof");
    }
  };

  readFragment();
  window.addEventListener("hashchange", readFragment);
  const here = element("check-here");
  if (here) {
    here.hidden = false;
    here.addEventListener("click", checkHere);
  }
})();

// Runs before the page is drawn, so that the theme never flashes: the remembered one, else the system's.
(() => {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // No storage: the system decides.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => root.setAttribute("data-bs-theme", theme ?? (dark.matches ? "dark" : "light"));
  apply();
  dark.addEventListener("change", () => {
    theme = localStorage.getItem("theme");
    apply();
  });
  root.classList.add("js");
  // "Today" on the pages is the day here, not in Greenwich.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `timezone=${zone};path=/;max-age=31536000;samesite=lax`;
})();

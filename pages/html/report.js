document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("#quiet tbody tr")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
});

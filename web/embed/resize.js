// Beside an iframe of a lab: gives it the height it asks for. <script src="…/embed/resize.js" async></script>
addEventListener('message', ({ source, data }) => {
  if (!data || data.playgrad !== 1 || data.event !== 'height') return;
  const height = Number(data.detail && data.detail.height);
  if (!(height > 0 && height < 20000)) return;
  for (const frame of document.querySelectorAll('iframe')) {
    if (frame.contentWindow === source) frame.style.setProperty('height', `${Math.ceil(height)}px`, 'important');
  }
});

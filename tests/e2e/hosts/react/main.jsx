// The element from the package, in React: attributes as props, events by a ref.
import React, { StrictMode, useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';

const site = import.meta.env.VITE_SITE;

function Lab(props) {
  const ref = useRef(null);
  const [step, setStep] = useState(0);
  useEffect(() => {
    const lab = ref.current;
    const heard = ({ detail }) => setStep(detail.step);
    lab.addEventListener('metrics', heard);
    void lab.ready?.then(() => lab.metrics({ every: 200 }));
    return () => lab.removeEventListener('metrics', heard);
  }, []);
  return <>
    <playgrad-lab ref={ref} {...props} />
    <output id="seen">{step}</output>
  </>;
}

await import(/* @vite-ignore */ `${site}embed.js`);
createRoot(document.getElementById('app')).render(
  <StrictMode>
    <h1>A React page</h1>
    <Lab lab="network" preset="spiral" lang="en" show="loss,surface,lr" />
    <p>Some text between them.</p>
    <iframe src={`${site}embed/network/?preset=xor&lang=en`} title="XOR" width="100%" height="300" loading="lazy" style={{ border: 0 }} />
  </StrictMode>,
);
const resize = document.createElement('script');
resize.src = `${site}embed/resize.js`;
document.head.append(resize);

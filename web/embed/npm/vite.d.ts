/** Puts the site that `playgrad/embed` loads into the build, in a folder of that name (by default `playgrad`). */
export default function playgrad(options?: { folder?: string }): { name: string };

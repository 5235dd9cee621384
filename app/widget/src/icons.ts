/** Line drawings, on a 20 × 20 grid. */

export const mark = "M5 17V9.5a5 5 0 0 1 10 0V17M3 17h14M8.4 9.3a1.7 1.7 0 1 1 2.5 1.5c-.6.35-.9.7-.9 1.2M10 14.2v.1";
export const close = "m5 5 10 10M15 5 5 15";
export const restart = "M4.5 10.5a5.6 5.6 0 1 0 1.7-4.4M4.2 3.6v3.6h3.6";
export const print = "M6 7.5V3.5h8v4M6 14H3.5V9A1.5 1.5 0 0 1 5 7.5h10A1.5 1.5 0 0 1 16.5 9v5H14M6 11.5h8v5H6z";
export const send = "M10 16V4.5M4.8 9.5 10 4.3l5.2 5.2";
export const person = "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M3.8 16.5c.7-3 3.2-4.2 6.2-4.2s5.5 1.2 6.2 4.2";
export const copy = "M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z";
export const thumb = "M6.5 9 10 2.5c1.4 0 2.2 1 2 2.3L11.5 8H16a1.5 1.5 0 0 1 1.5 1.8l-1 5.5a1.5 1.5 0 0 1-1.5 1.2H6.5zm0 0H3v7.5h3.5";
export const chevron = "m5 7.5 5 5 5-5";
export const elsewhere = "M8 4.5H4.5v11h11V12M11 3.5h5.5V9M16 4l-7 7";
export const warning = "M10 6v5M10 13.8v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15";
export const next = "M4 10h11.5M11 5.5l4.5 4.5-4.5 4.5";

// Ten digits as strokes: polylines in a square from 0 to 1, x to the right and y down.

/// Points on an ellipse, from one angle to another in degrees: 0 is to the right, 90 is down.
function arc(x, y, width, height, from, to) {
  const points = [];
  const steps = Math.max(4, Math.ceil(Math.abs(to - from) / 12));
  for (let i = 0; i <= steps; i++) {
    const angle = (from + (to - from) * i / steps) * Math.PI / 180;
    points.push([x + width * Math.cos(angle), y + height * Math.sin(angle)]);
  }
  return points;
}

/// The strokes of each digit.
export const DIGITS = [
  [arc(0.5, 0.5, 0.2, 0.3, -70, 290)],
  [[[0.54, 0.2], [0.5, 0.5], [0.46, 0.8]]],
  [[...arc(0.49, 0.35, 0.18, 0.16, 200, 390), [0.5, 0.62], [0.32, 0.8], [0.7, 0.79]]],
  [[...arc(0.47, 0.35, 0.17, 0.15, 210, 440), ...arc(0.47, 0.65, 0.2, 0.16, -80, 150)]],
  [[[0.36, 0.2], [0.31, 0.52], [0.68, 0.5]], [[0.64, 0.22], [0.6, 0.82]]],
  [[[0.66, 0.2], [0.4, 0.21], [0.36, 0.46], ...arc(0.46, 0.62, 0.19, 0.17, -110, 140)]],
  [[[0.58, 0.18], [0.42, 0.4], ...arc(0.48, 0.64, 0.16, 0.16, 190, 545)]],
  [[[0.3, 0.22], [0.68, 0.22], [0.56, 0.5], [0.47, 0.8]]],
  [[...arc(0.5, 0.34, 0.14, 0.14, 90, 450), ...arc(0.5, 0.65, 0.17, 0.17, -90, 270)]],
  [[...arc(0.48, 0.37, 0.16, 0.16, 0, 360), [0.64, 0.4], [0.6, 0.6], [0.54, 0.82]]],
];

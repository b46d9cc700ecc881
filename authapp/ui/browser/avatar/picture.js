// Pictures as files and canvases: open one, draw it, cut a part out of it.
import { t } from "../shared/texts.js";

export const LARGEST = 20; // megabytes of a file that is opened here; the upload is far smaller
const KEPT = 512; // pixels of the upload
const OPENED = 2048; // pixels of the picture while cropping: enough for the largest zoom
const EMPTY = t("This file is empty. Choose another one.");
const TOO_LARGE = t("This file is larger than {most} MB. Choose a smaller one.", { most: LARGEST });
const NO_PICTURE = t("We can’t read this file as an image. Choose a JPEG, PNG, WebP or GIF.");

const refusal = (message) => Object.assign(new Error(), { told: message });

// Return the factor that makes a picture small enough to crop.
export const shrinking = ({ width, height }) =>
  Math.min(1, OPENED / Math.min(width, height), (2 * OPENED) / Math.max(width, height));

const newCanvas = (width, height) => {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
};

// Draw an area of a picture so that it fills a canvas.
export const draw = (canvas, source, { x, y, width, height }) => {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
};

// Open a file as a canvas, upright, and as a data URL, which the Content-Security-Policy allows for images.
export const open = async (file) => {
  if (file.size > LARGEST * 1024 * 1024) throw refusal(TOO_LARGE);
  if (!file.size) throw refusal(EMPTY);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw refusal(NO_PICTURE);
  });
  const factor = shrinking(bitmap);
  const canvas = newCanvas(bitmap.width * factor, bitmap.height * factor);
  draw(canvas, bitmap, { x: 0, y: 0, width: bitmap.width, height: bitmap.height });
  bitmap.close();
  return { canvas, url: canvas.toDataURL("image/webp", 0.9) };
};

// Cut a square area out of a canvas, as a file.
export const cut = (source, area) => {
  const side = Math.min(KEPT, Math.round(area.width));
  const canvas = newCanvas(side, side);
  draw(canvas, source, area);
  return new Promise((done) => canvas.toBlob(done, "image/webp", 0.92));
};

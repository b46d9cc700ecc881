// The crop area, for mouse, touch, wheel and keyboard.
import { createElement, useRef, useState } from "react";
import Cropper from "react-easy-crop";
import { button, ring } from "../shared/elements.js";
import { t } from "../shared/texts.js";
import { draw } from "./picture.js";

const ZOOM = 3;
const MIDDLE = { x: 0, y: 0 };

export function Crop({ opened, onArea, onCancel }) {
  const [place, setPlace] = useState(MIDDLE);
  const [zoom, setZoom] = useState(1);
  const circle = useRef(null);
  const preview = useRef(null);
  const entered = useRef(false);

  const follow = (_, pixels) => {
    onArea(pixels);
    draw(preview.current, opened.canvas, pixels);
    if (entered.current) return;
    entered.current = true;
    circle.current.current.focus(); // the pressed button is gone
  };

  const cropper = createElement(Cropper, {
    image: opened.url,
    crop: place,
    zoom,
    aspect: 1,
    cropShape: "round",
    showGrid: false,
    objectFit: "cover",
    maxZoom: ZOOM,
    keyboardStep: 10,
    onCropChange: setPlace,
    onZoomChange: setZoom,
    onCropAreaChange: follow,
    setCropperRef: (ref) => (circle.current = ref),
    classes: { cropAreaClassName: "crop-circle" },
    cropperProps: {
      role: "application", // screen readers leave the arrow keys to us
      "aria-label": t("Visible part"),
      "aria-describedby": "crop-help",
    },
  });
  const shown = { ref: preview, width: 192, height: 192, className: "face face-preview", "aria-hidden": true };
  const slider = createElement("input", {
    type: "range",
    min: 1,
    max: ZOOM,
    step: 0.1,
    value: zoom,
    "aria-valuetext": `${Math.round(zoom * 100)} %`,
    onChange: (event) => setZoom(Number(event.target.value)),
  });
  return createElement(
    "div",
    { className: "crop" },
    createElement("div", { className: "crop-area" }, cropper),
    createElement("p", { id: "crop-help", className: "hint" }, t("Drag the picture, or move it with the arrow keys.")),
    createElement(
      "div",
      { className: "crop-tools" },
      createElement("canvas", shown),
      createElement("label", { className: "zoom" }, t("Zoom"), slider),
    ),
    createElement(
      "div",
      { className: "choices" },
      createElement("button", { className: "button" }, ring(), t("Save picture")),
      button("button-quiet", onCancel, t("Cancel")),
    ),
  );
}

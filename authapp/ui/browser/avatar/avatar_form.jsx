// Avatar form: choose a file, crop it, and upload only the cropped part.
import { createElement, useEffect, useRef, useState } from "react";
import Cropper from "react-easy-crop";
import { say } from "../shared/texts.js";
import { api, ask, Face, explain } from "../shared/common.jsx";

const LARGEST = 20; // megabytes of a file that is opened here; the upload is far smaller
const KEPT = 512; // pixels of the upload
const OPENED = 2048; // pixels of the picture while cropping: enough for the largest zoom
const ZOOM = 3;
const PATIENCE = 30000; // milliseconds
const TYPES = "image/jpeg,image/png,image/webp,image/gif";
const EMPTY = say("This file is empty. Choose another one.");
const TOO_LARGE = say("This file is larger than {most} MB. Choose a smaller one.", { most: LARGEST });
const NO_PICTURE = say("We can’t read this file as an image. Choose a JPEG, PNG, WebP or GIF.");
const SLOW = say("The server did not answer. Try again; your picture is still here.");

// Open a file as a canvas, upright, and as a data URL, which the Content-Security-Policy allows for images.
const open = async (file) => {
  if (file.size > LARGEST * 1024 * 1024) throw Object.assign(new Error(), { told: TOO_LARGE });
  if (!file.size) throw Object.assign(new Error(), { told: EMPTY });
  const bitmap = await createImageBitmap(file).catch(() => {
    throw Object.assign(new Error(), { told: NO_PICTURE });
  });
  const shrunk = Math.min(1, OPENED / Math.min(bitmap.width, bitmap.height), (2 * OPENED) / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * shrunk));
  canvas.height = Math.max(1, Math.round(bitmap.height * shrunk));
  draw(canvas, bitmap, { x: 0, y: 0, width: bitmap.width, height: bitmap.height });
  bitmap.close();
  return { canvas, url: canvas.toDataURL("image/webp", 0.9) };
};

const draw = (canvas, source, { x, y, width, height }) => {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
};

const cut = (source, area) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.max(1, Math.min(KEPT, Math.round(area.width)));
  draw(canvas, source, area);
  return new Promise((done) => canvas.toBlob(done, "image/webp", 0.92));
};

export function AvatarForm({ avatar, initials, onSaved }) {
  const input = useRef(null);
  const [opened, setOpened] = useState(null);
  const [area, setArea] = useState(null);
  const [doing, setDoing] = useState(""); // the pending action
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState("");
  const [latest, setLatest] = useState(null); // the saved picture, until the server has updated the page
  const left = useRef(false);
  const shown = latest ?? avatar;

  useEffect(() => setLatest(null), [avatar]);

  useEffect(() => {
    if (!opened && left.current) input.current.focus();
    left.current = Boolean(opened);
  }, [opened]);

  const attempt = async (words, deed) => {
    if (doing) return;
    setDoing(words);
    setProblem("");
    setDone("");
    try {
      await deed();
    } catch (error) {
      setProblem(error.cause?.name === "TimeoutError" ? SLOW : explain(error));
    } finally {
      setDoing("");
    }
  };

  const choose = (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // so that the same file can be chosen again
    setArea(null);
    if (file) attempt(say("Opening the picture…"), async () => setOpened(await open(file)));
  };

  const saved = (id, words) => {
    setLatest(id && `${api}/avatar?v=${id}`);
    setOpened(null);
    setDone(words);
    onSaved();
  };

  const save = (event) => {
    event.preventDefault();
    if (!area) return; // the picture is not drawn yet
    attempt(say("Saving the picture…"), async () => {
      const body = await cut(opened.canvas, area);
      const answer = await ask("avatar", { method: "POST", type: body.type, body, patience: PATIENCE });
      saved(answer.avatar, say("Picture saved."));
    });
  };

  const remove = () =>
    attempt(say("Removing the picture…"), async () => {
      await ask("avatar", { method: "DELETE", patience: PATIENCE });
      saved("", say("Picture removed."));
      input.current.focus(); // the pressed button is gone
    });

  const cancel = () => {
    if (doing) return; // the upload is running
    setOpened(null);
    setProblem("");
  };

  const content = opened
    ? createElement(Crop, { opened, onArea: setArea, onCancel: cancel })
    : createElement(
        "div",
        { className: "avatar" },
        createElement(Face, { avatar: shown, initials, words: shown ? say("Your picture") : say("No picture yet"), large: true }),
        createElement(
          "div",
          { className: "choices" },
          createElement(
            "label",
            { className: "button-quiet file" },
            shown ? say("Change picture") : say("Choose a picture"),
            createElement("input", { ref: input, type: "file", accept: TYPES, onChange: choose, "aria-describedby": "picture-refusal picture-hint" }),
          ),
          shown && createElement("button", { type: "button", className: "button-quiet", onClick: remove }, say("Remove picture")),
        ),
        createElement("p", { id: "picture-hint", className: "hint" }, say("A JPEG, PNG, WebP or GIF of up to {most} MB.", { most: LARGEST })),
      );
  return createElement(
    "form",
    { className: "form", onSubmit: save, noValidate: true, method: "dialog", "aria-busy": Boolean(doing) },
    content,
    createElement("p", { id: "picture-refusal", role: "alert", className: problem ? "refusal" : "hidden" }, problem),
    createElement("p", { role: "status", className: doing ? "hint" : "good" }, doing || done),
  );
}

// The crop area, for mouse, touch, wheel and keyboard.
function Crop({ opened, onArea, onCancel }) {
  const [place, setPlace] = useState({ x: 0, y: 0 });
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

  return createElement(
    "div",
    { className: "crop" },
    createElement(
      "div",
      { className: "crop-area" },
      createElement(Cropper, {
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
          "aria-label": say("Visible part"),
          "aria-describedby": "crop-help",
        },
      }),
    ),
    createElement("p", { id: "crop-help", className: "hint" }, say("Drag the picture, or move it with the arrow keys.")),
    createElement(
      "div",
      { className: "crop-tools" },
      createElement("canvas", { ref: preview, width: 192, height: 192, className: "face face-preview", "aria-hidden": true }),
      createElement(
        "label",
        { className: "zoom" },
        say("Zoom"),
        createElement("input", {
          type: "range",
          min: 1,
          max: ZOOM,
          step: 0.1,
          value: zoom,
          "aria-valuetext": `${Math.round(zoom * 100)} %`,
          onChange: (event) => setZoom(Number(event.target.value)),
        }),
      ),
    ),
    createElement(
      "div",
      { className: "choices" },
      createElement("button", { className: "button" }, createElement("span", { className: "ring", "aria-hidden": true }), say("Save picture")),
      createElement("button", { type: "button", className: "button-quiet", onClick: onCancel }, say("Cancel")),
    ),
  );
}

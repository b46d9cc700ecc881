// Avatar form: choose a file, crop it, and upload only the cropped part.
import { createElement, useEffect, useRef, useState } from "react";
import { ask, explain } from "../shared/api.js";
import { button } from "../shared/elements.js";
import { api } from "../shared/head.js";
import { t } from "../shared/texts.js";
import { Crop } from "./crop.jsx";
import { Face } from "./face.jsx";
import { LARGEST, cut, open } from "./picture.js";

const PATIENCE = 30000; // milliseconds
const TYPES = "image/jpeg,image/png,image/webp,image/gif";
const SLOW = t("The server did not answer. Try again; your picture is still here.");

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

  const attempt = async (words, action) => {
    if (doing) return;
    setDoing(words);
    setProblem("");
    setDone("");
    try {
      await action();
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
    if (file) attempt(t("Opening the picture…"), async () => setOpened(await open(file)));
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
    attempt(t("Saving the picture…"), async () => {
      const body = await cut(opened.canvas, area);
      const answer = await ask("avatar", { method: "POST", type: body.type, body, patience: PATIENCE });
      saved(answer.avatar, t("Picture saved."));
    });
  };

  const remove = () =>
    attempt(t("Removing the picture…"), async () => {
      await ask("avatar", { method: "DELETE", patience: PATIENCE });
      saved("", t("Picture removed."));
      input.current.focus(); // the pressed button is gone
    });

  const cancel = () => {
    if (doing) return; // the upload is running
    setOpened(null);
    setProblem("");
  };

  const choice = { input, avatar: shown, initials, onChoose: choose, onRemove: remove };
  const content = opened
    ? createElement(Crop, { opened, onArea: setArea, onCancel: cancel })
    : createElement(Current, choice);
  return createElement(
    "form",
    { className: "form", onSubmit: save, noValidate: true, method: "dialog", "aria-busy": Boolean(doing) },
    content,
    createElement(
      "p",
      { id: "picture-refusal", role: "alert", className: problem ? "refusal" : "visually-hidden" },
      problem,
    ),
    createElement("p", { role: "status", className: doing ? "hint" : "good" }, doing || done),
  );
}

// The current picture, with the buttons to choose another one and to remove it.
function Current({ input, avatar, initials, onChoose, onRemove }) {
  const words = avatar ? t("Your picture") : t("No picture yet");
  const file = {
    ref: input,
    type: "file",
    accept: TYPES,
    onChange: onChoose,
    "aria-describedby": "picture-refusal picture-hint",
  };
  const choose = createElement(
    "label",
    { className: "button-quiet file" },
    avatar ? t("Change picture") : t("Choose a picture"),
    createElement("input", file),
  );
  const remove = avatar && button("button-quiet", onRemove, t("Remove picture"));
  const hint = t("A JPEG, PNG, WebP or GIF of up to {most} MB.", { most: LARGEST });
  return createElement(
    "div",
    { className: "avatar" },
    createElement(Face, { avatar, initials, words, large: true }),
    createElement("div", { className: "choices" }, choose, remove),
    createElement("p", { id: "picture-hint", className: "hint" }, hint),
  );
}

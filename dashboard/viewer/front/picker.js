// What a pane shows: which patient, slide, model and gene set.

import { choice, fill, make } from "./elements.js";
import { names } from "./view_address.js";

/** The row of choices above a pane. */
export class Picker {
  /** @param subjects patients, each {title, slides, maps}  @param changed {slide, map}  @param wanted from the address */
  constructor(subjects, changed, wanted) {
    this.subjects = subjects;
    this.token = wanted?.token ?? 0;
    this.find(wanted);
    const label = (name, options, value, chosen) => choice(name, { name: name.toLowerCase(), options, value, chosen });
    this.subjectChoice = label("Patient", numbered(subjects, "title"), subjects.indexOf(this.subject), (value) => this.takeSubject(value, changed));
    this.slideChoice = label("Slide", numbered(this.slides, "name"), this.slides.indexOf(this.slide), (value) => {
      this.slide = this.slides[value];
      changed.slide();
    });
    this.mapChoice = label("Model", numbered(this.subject.maps, "label"), this.subject.maps.indexOf(this.map), (value) => {
      this.map = this.subject.maps[value];
      this.token = 0;
      changed.map();
    });
    this.tokenChoice = label("Attention of", [], 0, (value) => {
      this.token = Number(value);
      changed.map();
    });
    this.element = make("header", {}, [this.subjectChoice, this.slideChoice, this.mapChoice, this.tokenChoice]);
    this.tokenChoice.hidden = true;
    this.tidy();
  }

  /** What the address names, where it is among what there is; else the first of all. */
  find(wanted) {
    const named = wanted && this.subjects.find(({ slides }) => slides.some(({ id }) => names(wanted.slide, id)));
    this.subject = named ?? this.subjects[wanted?.subject ?? 0] ?? this.subjects[0];
    this.slide = (wanted?.slide && this.slides.find(({ id }) => names(wanted.slide, id))) || this.slides[0];
    const { maps } = this.subject;
    this.map = maps.find((one) => one.model === wanted?.model && one.repeat === wanted?.repeat) ?? maps[0] ?? null;
  }

  get slides() {
    return this.subject.slides;
  }

  takeSubject(place, changed) {
    this.subject = this.subjects[place];
    this.slide = this.slides[0];
    const { maps } = this.subject;
    this.map = maps.find((one) => one.model === this.map?.model && one.repeat === this.map.repeat) ?? maps[0] ?? null;
    fill(this.slideChoice, numbered(this.slides, "name"), 0);
    fill(this.mapChoice, numbered(maps, "label"), maps.indexOf(this.map));
    this.tidy();
    changed.slide();
  }

  /** The maps that the server has of the chosen model; the place of the one to show. */
  offer(tokens) {
    this.token = Math.min(this.token, tokens.length - 1);
    fill(this.tokenChoice, tokens.map((token, place) => [place, token]), this.token);
    this.tokenChoice.hidden = tokens.length < 2;
    return this.token;
  }

  /** A choice of one is no choice: only its name is shown. */
  tidy() {
    this.subjectChoice.hidden = this.subjects.length < 2;
    this.slideChoice.classList.toggle("single", this.slides.length < 2);
    this.slideChoice.querySelector("select").disabled = this.slides.length < 2;
    this.mapChoice.hidden = !this.map;
  }
}

const numbered = (things, name) => things.map((thing, place) => [place, thing[name]]);

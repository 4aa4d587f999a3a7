//! The page, in a browser without a window: what it shows of a race, and how keys and mouse step through it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use dirql_tests::{
    offender::line_that_breaks,
    session::{random, until_blocked},
};
use ntsim::InterruptResource;
use serde_json::Value;

use crate::runs::{Drawn, folder};

/// What a browser is called, in the order in which they are tried.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn browser() -> Option<&'static str> {
    let found = BROWSERS.into_iter().find(|browser| {
        Command::new(browser)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        eprintln!("SKIPPED: there is no Chromium; `cargo xtask setup --pictures` brings it");
    }
    found
}

/// Notes what goes wrong in the page, before anything of it runs.
const ERRORS: &str = "<script>window.errors = [];
addEventListener('error', (event) => errors.push(event.message));
addEventListener('securitypolicyviolation', (event) => errors.push(event.violatedDirective));</script>";

/// Words for what a reader does, and for what the page says then.
const HANDS: &str = r"
const told = [];
const text = (selector) => document.querySelector(selector)?.textContent ?? null;
const look = (name) => told.push([name, {
  step: text('#step'), event: text('#event'), facts: text('.facts'), choice: text('#choice h3'),
  selected: text('#list [aria-selected=true] .text'), value: document.getElementById('scroll').getAttribute('aria-valuenow'),
  focus: document.activeElement?.id ?? null, tip: text('#tip'),
}]);
const key = (name) => (document.activeElement ?? document.body).dispatchEvent(
  new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
const mouse = (kind, element) => {
  const box = element.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
  // What lies there, and not what the test means.
  document.elementFromPoint(at.clientX, at.clientY).dispatchEvent(new MouseEvent(kind, at));
};
";

/// What a page tells after `steps` were taken in it.
fn told(browser: &str, name: &str, page: &str, steps: &str) -> Value {
    let folder = folder(name);
    let end = "document.body.replaceChildren(Object.assign(document.createElement('pre'), { id: 'told', \
               textContent: JSON.stringify({ told, errors }) }));";
    let (head, body) = page.split_once("<style>").expect("the page has a style");
    let page = format!("{head}{ERRORS}<style>{body}<script>{HANDS}{steps}{end}</script>");
    let file = folder.join("page.html");
    fs::write(&file, page).expect("the folder is there");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.join("user").display()))
        .arg(format!("file://{}", file.display()))
        .stderr(Stdio::null())
        .output()
        .expect("the browser starts");
    let dumped = String::from_utf8(output.stdout).expect("a page is text");
    let told = dumped
        .split_once("<pre id=\"told\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let (told, _) = told.unwrap_or_else(|| panic!("the page tells nothing: {dumped:.2000}"));
    let told = told
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let told: Value = serde_json::from_str(&told).expect("what it tells is JSON");
    assert_eq!(told["errors"], Value::Array(Vec::new()), "in the page");
    told["told"].clone()
}

/// What the page told under a name.
fn at<'v>(told: &'v Value, name: &str) -> &'v Value {
    let all = told.as_array().expect("a list");
    let found = all.iter().find(|pair| pair[0] == name);
    &found.unwrap_or_else(|| panic!("{name} in {told}"))[1]
}

fn race() -> Drawn {
    let drawn = Drawn::offender(&random(InterruptResource::Message, 1), "race-with-isr");
    let failure = drawn.failure.as_ref().expect("the race is noticed");
    assert_eq!(failure.cause.name(), "race");
    drawn
}

/// The text of a line of a guest's source, by `FILE:LINE` from the workspace.
fn line_of(place: &str) -> String {
    let (file, line) = place.rsplit_once(':').expect("a place has a line");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(file))
        .or_else(|_| fs::read_to_string(root.join("tests/guests/offender").join(file)))
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let line: usize = line.parse().expect("a number");
    text.lines().nth(line - 1).expect("it is there").to_owned()
}

#[test]
fn a_page_has_the_source_lines_of_both_accesses_of_a_race() {
    let Some(browser) = browser() else { return };
    let drawn = race();
    let told = told(
        browser,
        "sides",
        &drawn.picture().html(),
        "told.push(['page', { badge: text('#badge'), title: text('#title'), message: text('#message'), again: text('#again'),
          later: text('#side-broken .code.meant'), laterFile: text('#side-broken .file'),
          earlier: text('#side-other .code.meant'), earlierFile: text('#side-other .file'),
          marks: [text('.broken-text'), text('.other-text')] }]);
        look('begin');",
    );
    let page = at(&told, "page");
    let failure = drawn.failure.as_ref().expect("the race is noticed");
    assert_eq!(page["badge"], "rule race");
    assert_eq!(page["message"], failure.message);
    let title = page["title"].as_str().expect("text");
    assert!(
        title.starts_with("a run with <angle> \"brackets\" & </script>"),
        "{title}"
    );
    assert_eq!(
        page["again"],
        "placeLINEtokena tokenagaina command"
            .replace("LINE", failure.place().as_deref().expect("it has a line"))
    );
    let text = |name: &str| {
        page[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {page}"))
    };
    assert!(
        text("laterFile").ends_with(&line_that_breaks("race-with-isr"))
            || text("earlierFile").ends_with(&line_that_breaks("race-with-isr")),
        "{page}"
    );
    assert_ne!(text("laterFile"), text("earlierFile"));
    for side in ["later", "earlier"] {
        let file = text(&format!("{side}File"));
        assert_eq!(text(side).trim(), line_of(file).trim(), "{file}");
        assert!(
            failure
                .message
                .contains(file.rsplit('/').next().expect("a name")),
            "{file} is told of"
        );
    }
    assert_eq!(page["marks"][0], "later access: broken here");
    assert_eq!(page["marks"][1], "earlier access");
    // The violation is what is shown first.
    let event = at(&told, "begin")["event"].as_str().expect("text");
    assert!(event.starts_with("failed: rule race: "), "{event}");
}

#[test]
fn keys_step_through_a_page() {
    let Some(browser) = browser() else { return };
    let drawn = race();
    let names = "Home ArrowRight ArrowRight ArrowLeft n p End v o".split(' ');
    let steps: Vec<String> = (0..)
        .zip(names)
        .map(|(at, name)| format!("key('{name}'); look('{at} {name}');"))
        .collect();
    let steps = steps.concat();
    let told = told(
        browser,
        "keys",
        &drawn.picture().html(),
        &format!("look('begin'); key('Home'); key('n'); look('first choice'); {steps}"),
    );
    let timeline = &drawn.timeline;
    let all = timeline.iter().len();
    let step = |name: &str| {
        at(&told, name)["step"]
            .as_str()
            .expect("text")
            .replace(',', "")
    };
    assert_eq!(
        at(&told, "begin")["focus"],
        "scroll",
        "keys go to the lanes"
    );
    assert_eq!(step("0 Home"), format!("1 of {all}"));
    assert_eq!(step("1 ArrowRight"), format!("2 of {all}"));
    assert_eq!(step("2 ArrowRight"), format!("3 of {all}"));
    assert_eq!(step("3 ArrowLeft"), format!("2 of {all}"));
    assert_eq!(step("6 End"), format!("{all} of {all}"));
    // What is shown of a step is what the timeline has of it.
    let entries: Vec<_> = timeline.iter().collect();
    for (name, place) in [("0 Home", 0), ("1 ArrowRight", 1), ("2 ArrowRight", 2)] {
        let (shown, entry) = (at(&told, name), entries[place]);
        let facts = shown["facts"].as_str().expect("text");
        let wanted = format!("processorCPU {} at IRQL {} ", entry.cpu, entry.irql);
        assert!(facts.starts_with(&wanted), "{facts}");
        assert_eq!(shown["event"], shown["selected"], "the list goes along");
        assert_eq!(
            shown["value"],
            (place + 1).to_string(),
            "and so does the slider"
        );
    }
    let choices: Vec<usize> = (0..all)
        .filter(|place| matches!(entries[*place].what, ntsim::What::Choice(_)))
        .collect();
    assert_eq!(step("first choice"), format!("{} of {all}", choices[0] + 1));
    assert!(at(&told, "first choice")["choice"].is_string(), "{told}");
    let next = choices
        .iter()
        .find(|place| **place > 1)
        .expect("another one");
    assert_eq!(step("4 n"), format!("{} of {all}", next + 1));
    let before = choices.iter().rfind(|place| *place < next);
    assert_eq!(
        step("5 p"),
        format!("{} of {all}", before.unwrap_or(next) + 1)
    );
    let event = |name: &str| at(&told, name)["event"].as_str().expect("text").to_owned();
    assert!(event("7 v").starts_with("failed: rule race: "));
    assert_eq!(event("8 o"), "the earlier of the two accesses");
}

#[test]
fn the_mouse_steps_through_a_page() {
    let Some(browser) = browser() else { return };
    let drawn = race();
    let told = told(
        browser,
        "mouse",
        &drawn.picture().html(),
        "key('o'); mouse('click', document.querySelector('.other-mark')); look('earlier');
        mouse('click', document.querySelector('[data-go=first]')); look('button');
        mouse('click', document.querySelector('#row-4')); look('row');
        key('v'); mouse('click', document.querySelector('#side-other button')); look('go there');
        key('Home'); mouse('click', document.querySelector('#overview')); look('overview');
        key('v'); mouse('mousemove', document.querySelector('#scroll .broken-mark')); look('hover');
        const before = text('#side-broken .code.meant');
        const frames = document.querySelectorAll('#side-broken .stack button');
        frames[frames.length - 1].click();
        told.push(['frame', { pressed: document.querySelectorAll('#side-broken .stack [aria-pressed=true]').length,
          frames: frames.length }]);",
    );
    let event = |name: &str| at(&told, name)["event"].as_str().expect("text").to_owned();
    let step = |name: &str| at(&told, name)["step"].as_str().expect("text").to_owned();
    assert_eq!(event("earlier"), "the earlier of the two accesses");
    assert!(step("button").starts_with("1 of "));
    assert!(step("row").starts_with("5 of "));
    assert_eq!(event("go there"), "the earlier of the two accesses");
    assert!(
        !step("overview").starts_with("1 of "),
        "{}",
        step("overview")
    );
    let tip = at(&told, "hover")["tip"].as_str().expect("text");
    assert!(tip.starts_with("CPU "), "{tip}");
    assert_eq!(at(&told, "frame")["pressed"], 1);
}

#[test]
fn a_page_of_a_run_that_broke_nothing_says_so() {
    let Some(browser) = browser() else { return };
    let drawn = Drawn::driver(&until_blocked(InterruptResource::Line));
    assert_eq!(drawn.failure, None);
    let told = told(
        browser,
        "held",
        &drawn.picture().html(),
        "told.push(['page', { badge: text('#badge'), sides: text('#sides'), kinds: [...document.querySelectorAll('#scroll .span')].map((it) => it.classList[1]) }]);",
    );
    let page = at(&told, "page");
    assert_eq!(page["badge"], "nothing broken");
    assert_eq!(page["sides"], "");
    let kinds = page["kinds"].as_array().expect("a list");
    for kind in ["thread", "callback", "isr", "dpc", "synchronize", "lock"] {
        assert!(kinds.iter().any(|it| it == kind), "{kind} in {page}");
    }
}

#[test]
fn a_page_takes_nothing_from_anywhere_and_no_text_for_markup() {
    let page = race().picture().html();
    assert!(
        !page.contains("https:") && !page.contains("src="),
        "nothing is loaded"
    );
    assert!(
        page.contains("default-src 'none'"),
        "and the browser holds it to that"
    );
    assert!(page.contains("a run with &lt;angle&gt;"), "in the title");
    let ends = page.matches("</script>").count();
    assert_eq!(ends, 2, "those of the data and of the program");
}

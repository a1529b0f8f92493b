"""The extension in the real VS Code with the real server, on the hero script, as a user would go through it.

``GLOSSATOR_PICTURES=FOLDER pytest tests/clients`` leaves pictures of what was seen.
"""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import TimeoutError as NothingCame
from playwright.sync_api import expect

from tests.clients.vscode.fixtures import SORT
from tests.clients.vscode.window import Window

pytestmark = pytest.mark.slow

INHERITS = """import argparse


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise SystemExit(message)
"""


def test_a_tooltip_cites_its_sources(window: Window) -> None:
    window.point_at("encode")
    expect(window.hover).to_contain_text("return_tensors")
    expect(window.hover).to_contain_text("transformers.tokenization_utils_base")
    expect(window.hover).to_contain_text("This string literal is left open")
    window.picture("hover-dark")


def test_a_tooltips_links_do_what_they_say(window: Window) -> None:
    window.hover.get_by_text("Sources").click()
    expect(window.list).to_contain_text("PreTrainedTokenizerBase.encode")
    window.picture("sources-dark")
    window.page.keyboard.press("Escape")
    window.point_at("from_pretrained")
    window.hover.get_by_text("Explain in full").click()
    expect(window.panel().locator("#place")).to_have_text("line 20")


def test_the_selection_is_explained_beside_the_code_and_consent_asked_for_once(window: Window) -> None:
    window.select(3, 8)
    window.run("Glossator: Explain Selection")
    panel = window.panel()
    expect(panel.locator("#place")).to_have_text("lines 3 to 8")
    expect(panel.locator("details.sources summary")).to_contain_text("sources")
    expect(window.toasts).to_contain_text("Never your code")
    window.picture("consent-dark")
    window.toasts.get_by_text("Keep Everything Here").click()
    window.until(lambda: window.workbench.settings("Machine").get("glossator.search.consent") == "off")
    window.select(20, 23)
    window.run("Glossator: Explain Selection")
    expect(panel.locator("#place")).to_have_text("lines 20 to 23")
    expect(panel.locator("#words")).to_contain_text("taken from the documentation")
    expect(window.toasts).to_have_count(0)


def test_key_light_bulb_and_context_menu_explain_too(window: Window) -> None:
    panel = window.panel()
    window.go_to(28, 17)
    window.page.keyboard.press("Control+Alt+e")
    expect(panel.locator("#place")).to_have_text("line 28")
    window.go_to(29, 17)
    window.page.keyboard.press("Control+.")
    window.page.locator(".action-widget .monaco-list-row", has_text="Explain").first.click()
    expect(panel.locator("#place")).to_have_text("line 29")
    window.select(20, 23)
    window.page.keyboard.press("Shift+F10")
    # Its menus take no mouse button that comes up within 100 ms of their opening.
    window.page.locator(".monaco-menu .action-item", has_text="Explain Selection").first.click(delay=300)
    expect(panel.locator("#place")).to_have_text("lines 20 to 23")
    expect(panel.locator("#words")).to_contain_text("taken from the documentation")


def test_an_explanation_is_copied_as_markdown_and_written_anew(window: Window) -> None:
    panel = window.panel()
    panel.locator("#copy").click()
    expect(panel.locator("#words")).to_have_text("Copied.")
    copied = window.page.evaluate("navigator.clipboard.readText()")
    assert "`PeftModel.from_pretrained(model, peft_checkpoint)`" in copied
    panel.locator("#regenerate").click()
    expect(panel.locator("#words")).to_contain_text("taken from the documentation")


def test_a_page_that_loads_anew_shows_what_it_showed(window: Window) -> None:
    window.panel().evaluate("document.body.id = 'before'")
    window.run("Developer: Reload Webviews")
    panel = window.frame_with("body:not(#before) #turns")
    expect(panel.locator("#place")).to_have_text("lines 20 to 23")
    expect(panel.locator("details.sources summary")).to_contain_text("sources")


def test_a_citation_leads_to_its_source(window: Window) -> None:
    panel = window.panel()
    expect(panel.locator("details.sources")).not_to_have_attribute("open", "")
    panel.locator("a.citation").first.click()
    expect(panel.locator("details.sources li").first).to_be_focused()
    window.picture("panel-dark")


def test_a_further_question_is_answered_below(window: Window) -> None:
    panel = window.panel()
    panel.locator("#question").fill("What does from_pretrained return?")
    panel.locator("#question").press("Enter")
    expect(panel.locator("h2.question")).to_have_text("What does from_pretrained return?")
    expect(panel.locator("section").nth(1)).not_to_have_attribute("aria-busy", "true")
    expect(panel.locator(".failure")).to_have_count(0)
    window.picture("follow-up-dark")


def test_everything_in_the_panel_is_reached_by_keyboard_and_has_a_name(window: Window) -> None:
    panel = window.panel()
    panel.locator("#question").focus()
    reached = set()
    for _ in range(60):
        window.page.keyboard.press("Shift+Tab")
        reached.add(
            panel.evaluate("document.activeElement && (document.activeElement.id || document.activeElement.className)")
        )
    assert {"copy", "docstring", "regenerate", "citation"} <= reached
    named = "one.labels?.length || (one.ariaLabel || one.textContent).trim()"
    nameless = f"[...document.querySelectorAll('button, a, textarea')].filter(one => !({named})).length"
    assert panel.evaluate(nameless) == 0


def test_the_article_is_a_document_and_a_page(window: Window) -> None:
    window.focus_editor()
    window.run("Glossator: Write an Article About This File as a Web Page")
    page = window.frame_with("nav, article, main h1")
    expect(page.locator("h1").first).to_contain_text("hero.py")
    window.picture("article-dark")
    window.close_beside()
    window.focus_editor()
    window.run("Glossator: Write an Article About This File")
    preview = window.frame_with("#hero-py-explained, h1")
    expect(preview.locator("h1").first).to_contain_text("explained")
    window.close_beside()


def test_a_line_without_anything_to_explain_says_so(window: Window) -> None:
    window.go_to(19)
    window.run("Glossator: Explain Selection")
    expect(window.panel().locator(".body")).to_have_text(re.compile("Nothing here can be explained"))


def test_a_docstring_is_previewed_before_it_is_inserted(window: Window) -> None:
    (window.workbench.folder / "parse.py").write_text(INHERITS)
    window.open("parse.py", 5, 5)
    window.run("Glossator: Explain Selection")
    panel = window.panel()
    expect(panel.locator("#docstring")).to_be_enabled()
    panel.locator("#docstring").click()
    expect(panel.locator("#words")).to_have_text(re.compile("This explains a keyword"))
    window.go_to(5, 9)
    window.run("Glossator: Explain Selection")
    expect(panel.locator(".body")).to_contain_text("Prints a usage message")
    panel.locator("#docstring").click()
    expect(panel.locator("#words")).to_have_text("Look at the difference, then insert it.")
    expect(window.page.locator(".monaco-diff-editor .line-insert").first).to_be_visible()
    window.picture("docstring-dark")
    assert (window.workbench.folder / "parse.py").read_text() == INHERITS
    window.toasts.get_by_text("Insert", exact=True).click()
    expect(panel.locator("#words")).to_have_text("The docstring is inserted.")
    window.focus_editor()
    assert '    def error(self, message):\n        """Prints a usage message' in window.saved("parse.py")
    window.page.keyboard.press("Control+z")
    assert window.saved("parse.py") == INHERITS


def test_ghost_text_is_taken_by_word_and_whole_and_is_in_the_saved_file(window: Window) -> None:
    window.open("sort.py", 3, 1)
    window.focus_editor()
    window.page.keyboard.press("Control+End")
    window.page.keyboard.type("        for j in ")
    expect(window.ghost.first).to_be_visible()  # the engine starts, and loads its model
    window.picture("ghost-dark")
    before = window.saved("sort.py").rstrip("\n")
    window.page.keyboard.press("Control+ArrowRight")
    word = window.saved("sort.py").rstrip("\n")
    assert word.startswith(before.rstrip()) and len(word) > len(before.rstrip())
    expect(window.ghost.first).to_be_visible()
    window.page.keyboard.press("Tab")
    expect(window.ghost).to_have_count(0)
    whole = window.saved("sort.py").rstrip("\n")
    assert whole.startswith(word) and len(whole) > len(word)


def test_alternatives_are_gone_through_and_one_is_taken_by_line(window: Window) -> None:
    (window.workbench.folder / "again.py").write_text(f"{SORT}        for j in ")
    window.open("again.py", 3, 19)
    window.focus_editor()
    window.page.keyboard.press("Alt+\\")
    expect(window.ghost.first).to_be_visible()
    shown = [ghost_text(window)]
    for key in ("Alt+]", "Alt+["):
        window.page.keyboard.press(key)
        window.until(lambda: ghost_text(window) not in ("", shown[-1]))
        shown.append(ghost_text(window))
    assert shown[0] == shown[2], shown
    window.page.keyboard.press("Control+Alt+ArrowRight")
    window.until(lambda: shown[0] in window.saved("again.py"))


def test_what_became_of_suggestions_is_drawn(window: Window) -> None:
    window.run("Glossator: Show What Became of Suggestions")
    page = window.frame_with("svg")
    expect(page.locator("h1")).to_have_text("Suggestions")
    expect(page.locator("svg rect.taken").first).to_be_attached()
    text, page_colour = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert luminance(page_colour) < 0.1, "the page follows the theme, and its policy lets its style in"
    assert ratio(text, page_colour) >= 4.5
    window.picture("statistics-dark")
    window.page.keyboard.press("Control+w")


def test_the_models_are_listed_with_what_they_need(window: Window) -> None:
    window.run("Glossator: Choose the Model")
    expect(window.list).to_contain_text("smollm2-135m-instruct")
    expect(window.list).to_contain_text("GB free")
    expect(window.list).to_contain_text("bigcode/starcoderbase-1b")
    window.picture("real-models-dark")
    window.page.keyboard.press("Escape")


def test_why_there_is_no_suggestion(window: Window) -> None:
    window.run("Glossator: Why No Suggestion?")
    expect(window.list).to_contain_text("Asked: ")
    window.picture("why-dark")
    window.page.keyboard.press("Escape")


def test_a_snooze_shows_and_ends(window: Window) -> None:
    window.status.click()
    window.picture("menu-dark")
    window.choose("Snooze suggestions")
    window.choose("15 minutes")
    expect(window.status).to_contain_text("snoozing")
    window.run("Glossator: Why No Suggestion?")
    expect(window.list).to_contain_text("snoozed for 15 minutes")
    window.page.keyboard.press("Escape")
    window.run("Glossator: End the Snooze")
    window.ready()


def test_a_language_is_switched_off_and_on(window: Window) -> None:
    window.run("Glossator: Turn Suggestions On or Off for This Language")
    expect(window.status).to_have_attribute("aria-label", re.compile("off in this language"))
    window.run("Glossator: Turn Suggestions On or Off for This Language")
    expect(window.status).to_have_attribute("aria-label", re.compile("Ready"))


def test_the_first_steps_lead_to_the_example(window: Window) -> None:
    window.run("Glossator: First Steps")
    steps = window.page.locator(".gettingStartedContainer")
    expect(steps.get_by_text("Install the server").first).to_be_visible()
    steps.get_by_text("Rest the pointer on a call").first.click()
    window.picture("walkthrough-dark")
    steps.get_by_role("button", name="Open the example", exact=True).first.click()
    expect(window.page.locator(".view-line", has_text="tokenizer.encode").first).to_be_visible()
    window.point_at("encode")
    expect(window.hover).to_contain_text("return_tensors")
    window.open("hero.py")


def test_settings_apply_without_a_restart(window: Window) -> None:
    (server,) = window.workbench.servers()
    window.run("Glossator: Turn Tooltips On or Off")
    window.until(lambda: window.workbench.settings().get("glossator.hover.enabled") is False)
    window.until(lambda: not explained(window, "bubble_sort"), tries=10)
    window.run("Glossator: Turn Tooltips On or Off")
    window.until(lambda: explained(window, "bubble_sort"), tries=10)
    assert window.workbench.servers() == [server]


def test_a_killed_server_comes_back_by_itself(window: Window) -> None:
    (server,) = window.workbench.servers()
    server.kill()
    window.until(lambda: [one.pid for one in window.workbench.servers()] not in ([], [server.pid]))
    window.ready()
    window.until(lambda: explained(window, "range"), tries=10)
    expect(window.toasts).to_have_count(0)


def test_it_is_as_readable_in_a_light_theme_and_in_high_contrast(window: Window) -> None:
    themes = (("Default Light Modern", "light", "vs"), ("Default High Contrast", "contrast", "hc-black"))
    for theme, name, kind in themes:
        window.workbench.configure(workbench__colorTheme=theme)
        window.open("hero.py")
        expect(window.page.locator(f".monaco-workbench.{kind}")).to_be_visible()
        window.point_at("encode")
        expect(window.hover).to_contain_text("return_tensors")
        window.picture(f"hover-{name}")
        window.select(25, 29)
        window.run("Glossator: Explain Selection")
        expect(window.panel().locator("#place")).to_have_text("lines 25 to 29")
        expect(window.panel().locator("#words")).to_contain_text("documentation")
        assert contrast(window) >= 4.5
        window.picture(f"panel-{name}")


def ghost_text(window: Window) -> str:
    """The suggestion, whose parts stand in several elements; empty where there is none."""
    return "".join(window.ghost.all_inner_texts()).replace("\u00a0", " ")


def explained(window: Window, words: str) -> bool:
    """Whether there is a tooltip at the words: the editor asks once each time the pointer comes."""
    window.point_at(words)
    try:
        window.hover.wait_for(timeout=5_000)
    except NothingCame:
        return False
    return True


def contrast(window: Window) -> float:
    """Of the panel's text, by the formula of WCAG 2."""
    colours = "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
    return ratio(*window.panel().evaluate(colours))


def ratio(text: str, background: str) -> float:
    """Of two colours as the browser computes them."""
    first, second = sorted(map(luminance, (text, background)))
    return (second + 0.05) / (first + 0.05)


def luminance(colour: str) -> float:
    """Of a colour as the browser computes it, such as ``rgb(1, 2, 3)``."""
    parts = [float(part) / 255 for part in json.loads(f"[{colour[colour.index('(') + 1 : -1]}]")[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

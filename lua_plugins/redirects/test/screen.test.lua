local function rule(source, target)
  test.request("POST", "/rules", { json = { source = source, target = target } })
end

function test_rules_are_seen_searched_and_switched()
  rule("/a", "/b")
  rule("/c", "/d")
  local seen = test.screen("main")
  test.assert_contains(seen.text, "[Redirects (2)]")
  test.assert_contains(seen.text, "> on | exact | /a | /b | 301 | 0")
  test.assert_contains(test.press("j", " ").text, "> off | exact | /c")
  seen = test.press("/", "d", "enter")
  test.assert_contains(seen.text, "[Redirects (1)]")
  test.assert(not seen.text:find("/a", 1, true))
  test.assert(test.press("q").over)
end

function test_a_rule_is_deleted_after_a_question()
  rule("/a", "/b")
  test.screen("main")
  test.assert_eq("Delete /a?", test.press("d").dialog.title)
  test.assert_contains(test.accept(false).text, "/a")
  test.press("d")
  local seen = test.accept()
  test.assert_eq("/a is deleted", seen.toasts[1].message)
  test.assert_contains(seen.text, "[Redirects (0)]")
end

function test_a_rule_is_added()
  test.screen("main")
  test.press("n", "/", "o", "l", "x", "backspace", "d", "tab", "/", "n", "enter")
  test.assert_eq("/n", test.request("GET", "/resolve?path=/old", { auth = "none" }).json.location)
  local seen = test.press("n", "o", "enter")
  test.assert_contains(seen.text, "source must be a path")
  test.assert_contains(test.press("esc").text, "[Redirects (1)]")
end

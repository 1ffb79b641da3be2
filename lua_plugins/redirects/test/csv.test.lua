local csv = require("csv")

local function import(text)
  return test.request("POST", "/import", { body = text, headers = { ["content-type"] = "text/csv" } })
end

function test_tables_are_read()
  local rows = csv.parsed('a,"b ""c"", d",\r\n"two\nlines",,x')
  test.assert_eq({ { "a", 'b "c", d', "", line = 1 }, { "two\nlines", "", "x", line = 3 } }, rows)
  test.assert_eq({}, csv.parsed(""))
  test.assert_nil(csv.parsed('"open'))
  test.assert_nil(csv.parsed('"a"b'))
end

function test_rules_come_in_and_go_out()
  local text = "source,kind,target,status,preserve_query,enabled,note\r\n"
    .. '/a,exact,/b,301,true,true,"one, two"\r\n/c,prefix,https://example.org/,302,false,false,\'=1+1\r\n'
  local answer = import(text)
  test.assert_eq(200, answer.status, answer.body)
  test.assert_eq({ added = 2, changed = 0, same = 0 }, answer.json)
  test.assert_eq("=1+1", test.request("GET", "/rules?q=/c").json.items[1].note)
  local exported = test.request("GET", "/export")
  test.assert_eq(text, exported.body)
  test.assert_contains(exported.headers["content-type"], "text/csv")
  test.assert_eq({ added = 0, changed = 0, same = 2 }, import(text).json)
  test.assert_eq({ added = 0, changed = 1, same = 0 }, import("source,target\n/a,/other\n").json)
end

function test_an_import_is_whole_or_not_at_all()
  local answer = import("source,target,status\n/a,/b,\n/c,nowhere,\n/d,/e,200\n/a,/x,\n")
  test.assert_eq(400, answer.status)
  local lines = {}
  for index, fault in ipairs(answer.json.errors) do
    lines[index] = fault.line
  end
  test.assert_eq({ 3, 4, 5 }, lines)
  test.assert_eq(0, test.request("GET", "/rules").json.total)
end

function test_a_circle_is_not_imported()
  local answer = import("source,target\n/a,/b\n/b,/a\n")
  test.assert_eq(409, answer.status)
  test.assert_eq(0, test.request("GET", "/rules").json.total)
end

function test_files_that_are_none()
  for _, text in ipairs({ "", "source\n/a\n", "source,target,colour\n/a,/b,red\n", 'source,target\n"/a,/b\n' }) do
    test.assert_eq(400, import(text).status, text)
  end
end

function test_many_rules()
  local lines = { "source,target" }
  for number = 1, 2500 do
    lines[#lines + 1] = "/old-" .. number .. ",/new-" .. number
  end
  local answer = import(table.concat(lines, "\n"))
  test.assert_eq({ added = 2500, changed = 0, same = 0 }, answer.json, answer.body)
  local found = test.request("GET", "/resolve?path=/old-2345", { auth = "none" })
  test.assert_eq("/new-2345", found.json.location)
end

function test_cells_that_calculate_are_made_harmless()
  test.assert_eq("'=1+1,plain\r\n", csv.line({ "=1+1", "plain" }))
end

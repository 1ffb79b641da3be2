local lines = require("lines")

function test_the_numbers()
    local answer = test.request("GET", "/api/v1/plugins/dashboard/numbers")
    test.assert_eq({ tasks = 2, open = 1 }, answer.json)
end

function test_bars()
    test.assert_eq("#####-----", lines.bar(1, 2, 10))
    test.assert_eq("----", lines.bar(0, 0, 4))
end

function test_constructors_make_plain_tables()
    test.assert_eq({ type = "list", items = { { label = "a" } }, cursor = 0 }, tui.list({ { label = "a" } }))
    test.assert_eq({ type = "input", id = "x", value = "", placeholder = "" }, tui.input("x"))
    test.assert_eq({ type = "select", id = "x", options = { { label = "a", value = "1" } }, selected = 0 },
        tui.select_field("x", { { label = "a", value = "1" } }))
    test.assert_eq({ type = "progress", value = 0.5, label = "" }, tui.progress(0.5))
    test.assert_eq({ span = 12, cells = { { title = "t", height = 1, content = { type = "text", lines = { "x" } } } } },
        tui.column(12, { tui.cell("t", 1, tui.text({ "x" })) }))
    test.assert_eq("grid", tui.grid({ tui.column(12, {}) }).type)
    test.assert_eq("detail", tui.detail({}).type)
    test.assert_eq(0, tui.table({ "a" }, {}).cursor)
    test.assert_eq("tree", tui.tree({ { label = "a", id = "a" } }).type)
end

local CHAT = "hooks.chat.example.com/services/T000/B000"
local chat = require("chat")

function test_a_message_is_sent_after_creation()
    test.mock_request("POST", CHAT, { status = 200, body = "ok" })
    test.assert_nil(test.fire_hook("after_create", "content_data", { title = "Hello" }))
    local row = db.query_one("messages", { where = { event = "after_create" } })
    test.assert_eq("Hello", row.title)
    test.assert_eq(true, row.sent)
    test.assert_nil(row.problem)
end

function test_a_refusal_is_kept()
    test.mock_request("POST", CHAT, { status = 403 })
    test.fire_hook("after_update", "content_data", { title = "Hello" })
    test.assert_eq("403", db.query_one("messages").problem)
end

function test_requests_without_a_mock_fail()
    test.assert_error(function()
        request.get("https://unmocked.example.com/path")
    end)
end

function test_status()
    test.mock_request("GET", "status.example.com/api", { json = { state = "green" } })
    local answer = test.request("GET", "/api/v1/plugins/notifier/status")
    test.assert_eq(200, answer.status)
    test.assert_eq("green", answer.json.state)
end

function test_deletions_are_counted_for_every_table()
    test.fire_hook("after_delete", "media", { title = "a.jpg" })
    test.fire_hook("after_delete", "content_data", { title = "a" })
    test.assert_eq(2, db.count("deletions"))
    test.assert_eq(1, db.count("messages"))
end

function test_words()
    test.assert_eq("X was published", chat.message({ title = "X", _event = "after_publish", _table = "t" }).text)
end

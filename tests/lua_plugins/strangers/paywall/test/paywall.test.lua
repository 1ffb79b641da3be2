test.setup(function()
    db.insert("gates", { slug = "/secret", price = 2.5 })
    db.insert("tickets", { code = "GOLD", left_over = 2 })
end)

local function read(slug, ticket)
    return test.fire_hook("before_read", "content_data", { slug = slug, headers = { ["x-ticket"] = ticket } })
end

function test_free_pages_are_free()
    local response, state, err = read("/free")
    test.assert_nil(response)
    test.assert_nil(err)
end

function test_a_gate_asks_for_payment()
    local response = read("/secret")
    test.assert_eq(402, response.status)
    test.assert_eq(2.5, response.json.price)
    test.assert_eq("2.5", response.headers["X-Price"])
end

function test_a_ticket_opens_and_its_state_goes_on()
    local response, state = read("/secret", "GOLD")
    test.assert_nil(response)
    test.assert_eq(1, state._left)
    local headers, err = test.fire_hook("after_read", "content_data", { slug = "/secret" }, state)
    test.assert_nil(err)
    test.assert_eq("1", headers["X-Ticket-Left"])
    test.assert_eq(1, db.query_one("tickets", { where = { code = "GOLD" } }).left_over)
end

function test_a_used_ticket_is_refused()
    read("/secret", "GOLD")
    read("/secret", "GOLD")
    test.assert_eq(403, read("/secret", "GOLD").status)
    test.assert_eq(403, read("/secret", "FAKE").status)
end

function test_the_bank_is_asked()
    test.mock_request("POST", "bank.example.com/verify", { status = 200, json = { valid = true } })
    test.assert_nil((read("/secret", "BANK-1")))
end

function test_the_bank_says_no()
    test.mock_request("POST", "bank.example.com/verify", { status = 200, json = { valid = false } })
    test.assert_eq(402, read("/secret", "BANK-2").status)
end

local validators = require("validators")

local BASE = "/api/v1/plugins/bookmarks"

test.setup(function()
    db.insert("collections", { id = "c1", name = "Reading" })
    db.insert("links", { id = "l1", title = "Lua", url = "https://www.lua.org", collection_id = "c1", starred = true })
end)

test.teardown(function()
    log.debug("a test of the bookmarks is over")
end)

function test_create_and_read()
    local made = test.request("POST", BASE .. "/links", {
        body = '{"title": "  Newel  ", "url": "https://example.org", "rating": 4.5, "extra": {"tags": ["a", "b"]}}',
    })
    test.assert_eq(201, made.status)
    test.assert_eq("Newel", made.json.title)
    test.assert_eq(4.5, made.json.rating)
    test.assert_eq({ tags = { "a", "b" } }, made.json.extra)
    test.assert_eq(false, made.json.starred)
    test.assert_eq(0, made.json.visits)
    test.assert_contains(made.headers["location"], made.json.id)
    local read = test.request("GET", BASE .. "/links/" .. made.json.id)
    test.assert_eq(made.json, read.json)
end

function test_bad_links_are_refused()
    local answer = test.request("POST", BASE .. "/links", { body = json.encode({ title = "", url = "ftp://x" }) })
    test.assert_eq(400, answer.status)
    test.assert_eq(2, #answer.json.problems)
    test.assert_contains(answer.body, "title: is required")
end

function test_every_test_starts_from_the_same_rows()
    test.assert_eq(1, db.count("links", {}))
    test.assert_eq(1, db.count("collections"))
end

function test_deleting_a_collection_deletes_its_links()
    test.assert_eq(204, test.request("DELETE", BASE .. "/collections/c1").status)
    test.assert_eq(false, db.exists("links", { where = { id = "l1" } }))
    test.assert_nil(db.query_one("links", { where = { id = "l1" } }))
end

function test_a_viewer_may_read_and_nobody_may_not()
    test.assert_eq(200, test.request("GET", BASE .. "/links", { auth = "viewer" }).status)
    local nobody = test.request("GET", BASE .. "/links", { auth = "none" })
    test.assert_eq(401, nobody.status)
    test.assert_eq("UNAUTHORIZED", nobody.json.error.code)
end

function test_the_public_list()
    local answer = test.request("GET", BASE .. "/starred", { auth = "none" })
    test.assert_eq(200, answer.status)
    test.assert_eq("Lua <https://www.lua.org>", answer.body)
    test.assert_nil(answer.json)
    test.assert_eq("1", answer.headers["x-total"])
end

function test_bots_are_turned_away()
    local answer = test.request("GET", BASE .. "/starred", { auth = "none", headers = { ["User-Agent"] = "BadBot/2" } })
    test.assert_eq(403, answer.status)
end

function test_visits_count_up()
    test.request("POST", BASE .. "/visit/l1", { auth = "none" })
    local answer = test.request("POST", BASE .. "/visit/l1", { auth = "none" })
    test.assert_eq(2, answer.json.visits)
    test.assert_not_nil(db.query_one("links", { where = { id = "l1" } }).last_visit)
    test.assert_eq(404, test.request("POST", BASE .. "/visit/nothing").status)
end

function test_validators()
    test.assert(validators.is_url("http://a.b"))
    test.assert(not validators.is_url("a.b"), "no scheme")
    test.assert_neq(validators.trim(" a "), " a ")
    test.assert_error(function()
        validators.link()
        error("always")
    end, "always")
end

local BASE = "/api/v1/plugins/analytics"

local function hit(page, source, seconds)
    return test.request("POST", BASE .. "/hit", {
        body = json.encode({ page = page, source = source, seconds = seconds }),
        auth = "none",
    })
end

test.setup(function()
    hit("/a", "mail", 5)
    hit("/a", "search", 15)
    hit("/b", nil, 10)
end)

function test_pages_are_grouped()
    local pages = test.request("GET", BASE .. "/pages").json.pages
    test.assert_eq({ page = "/a", hits = 2, total = 20, average = 10, shortest = 5, longest = 15 }, pages[1])
    test.assert_eq(2, #pages)
end

function test_views_are_counted_in_the_page()
    test.assert_eq(2, db.query_one("pages", { where = { path = "/a" } }).views)
    test.assert_eq(1, db.query_one("pages", { where = { path = "/b" } }).views)
end

function test_conditions()
    local expected = {
        eq = 2, neq = 1, gt = 1, gte = 2, lt = 1, lte = 2, like = 2, notlike = 1, inlist = 3, invararg = 3, notin = 0,
        between = 3, null = 1, notnull = 2, both = 1, sequence = 1, nested = 2, negated = 1, since = 3,
        list = 1, unequal = 1, like2 = 1, notlike2 = 2, in2 = 2, notin2 = 1, between2 = 2, null2 = 1, notnull2 = 2,
    }
    for what, n in pairs(expected) do
        local answer = test.request("GET", BASE .. "/count/" .. what)
        test.assert_eq(n, answer.json.n, what)
        test.assert_eq(n > 0, answer.json.any, what)
    end
end

function test_a_failed_transaction_leaves_nothing()
    local answer = test.request("POST", BASE .. "/rollback")
    test.assert_eq({ ok = false, failed = true, same = true }, answer.json)
end

function test_a_greedy_request_is_stopped()
    test.assert_eq(500, test.request("POST", BASE .. "/greedy").status)
end

function test_deleting_everything_is_refused()
    test.assert_eq({ deleted = false, left = 3 }, test.request("DELETE", BASE .. "/everything").json)
end

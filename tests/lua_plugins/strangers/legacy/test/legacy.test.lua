local BASE = "/api/v1/plugins/legacy"

function test_numbers_are_those_of_lua_51()
    local got = test.request("GET", BASE .. "/numbers").json
    test.assert_eq("5", got.whole)
    test.assert_eq("12", got.concat)
    test.assert_eq(3.5, got.division)
    test.assert_eq(1, got.modulo)
    test.assert_eq(15, got.coerced)
end

function test_iterators_may_read_the_database()
    test.assert_eq({ "alpha", "beta", "gamma" }, test.request("GET", BASE .. "/iterate").json.words)
end

function test_errors_are_answers()
    test.assert_eq(500, test.request("GET", BASE .. "/fails").status)
    test.assert_eq("HANDLER_ERROR", test.request("GET", BASE .. "/fails").json.error.code)
end

function test_a_module_is_loaded_once()
    test.assert_eq(require("old"), old)
    test.assert_eq({ "a", "b" }, old.words("a b"))
end

function test_deep_equality_of_the_assertions()
    test.assert_eq({ a = { 1, { b = 2 } } }, { a = { 1, { b = 2 } } })
    test.assert_neq({ a = 1 }, { a = 2 })
    test.assert_contains("haystack with a needle", "needle")
end

local feed = require("feed")
local BASE = "/api/v1/plugins/importer"

test.setup(function()
    test.request("PUT", BASE .. "/settings", { body = '{"base": "https://localhost"}' })
end)

function test_batches()
    local sizes = {}
    for batch in feed.batches({ 1, 2, 3, 4, 5 }, 2) do
        table.insert(sizes, #batch)
    end
    test.assert_eq({ 2, 2, 1 }, sizes)
end

function test_a_run_stores_every_product()
    test.mock_request("GET", "localhost/feed", {
        status = 200,
        json = { items = { { sku = "a", name = "A", price = 1.5, sizes = { "S", "M" } }, { sku = "b", name = "B", price = 3 } } },
    })
    test.assert_eq({ stored = 2, pages = 1, products = 2 }, test.request("POST", BASE .. "/run").json)
    test.assert_eq({ stored = 2, pages = 1, products = 2 }, test.request("POST", BASE .. "/run").json)
    local one = test.request("GET", BASE .. "/products/a", { auth = "none" }).json
    test.assert_eq({ sku = "a", sizes = { "S", "M" }, first = "S" }, one)
    test.assert_eq("b", test.request("GET", BASE .. "/products?sort=-price").json.products[1].sku)
end

function test_a_shop_that_is_down()
    test.mock_request("GET", "localhost/feed", { status = 503, body = "down" })
    test.assert_eq(502, test.request("POST", BASE .. "/run").status)
end

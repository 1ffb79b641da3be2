-- Takes products from the shop's feed into a table of its own, and shows them.
local feed = require("feed")

plugin_info = {
    name        = "importer",
    version     = "1.0.0",
    description = "Products of the shop",
    author      = "Shop team",
}

request.register("localhost", { description = "The shop, on the same machine" })

local function setting(name)
    local row = db.query_one("settings", { where = { name = name } })
    return row and row.value
end

http.handle("PUT", "/settings", function(req)
    for name, value in pairs(req.json) do
        db.upsert("settings", {
            values           = { name = name, value = tostring(value) },
            conflict_columns = { "name" },
            update           = { value = tostring(value) },
        })
    end
    return { json = { settings = db.count("settings") } }
end)

http.handle("POST", "/run", function(req)
    local base = setting("base")
    if not base then
        return { status = 409, json = { error = "set base first" } }
    end
    local stored, pages = 0, 0
    local url = base .. "/feed?page=1"
    while url and pages < 10 do
        local answer = request.get(url, {
            parse_json = true,
            timeout    = 5,
            headers    = { ["Accept"] = "application/json", ["X-Key"] = setting("key") or "" },
        })
        if answer.error or answer.status ~= 200 then
            return { status = 502, json = { error = answer.error or ("status " .. answer.status), pages = pages } }
        end
        for batch in feed.batches(answer.json.items, 100) do
            local rows = {}
            for i, item in ipairs(batch) do
                rows[i] = { item.sku, item.name, item.price, json.encode(item) }
            end
            local done, err = db.transaction(function()
                for _, row in ipairs(rows) do
                    db.delete("products", { where = { sku = row[1] } })
                end
                db.insert_many("products", { "sku", "name", "price", "raw" }, rows)
            end)
            if not done then
                return { status = 500, json = { error = err } }
            end
            stored = stored + #rows
        end
        pages = pages + 1
        url = answer.json.next and (base .. answer.json.next) or nil
    end
    log.info("Imported", { stored = stored, pages = pages })
    return { json = { stored = stored, pages = pages, products = db.count("products") } }
end)

-- The other verbs, as the shop's interface has them.
http.handle("POST", "/shop/{verb}", function(req)
    local base = setting("base")
    local verbs = {
        put    = function() return request.put(base .. "/item", { json = { n = 1 } }) end,
        patch  = function() return request.patch(base .. "/item", { json = { n = 2 } }) end,
        delete = function() return request.delete(base .. "/item") end,
        post   = function() return request.post(base .. "/item", { body = "text", headers = { ["Content-Type"] = "text/plain" } }) end,
        send   = function() return request.send("PUT", base .. "/item", { body = "sent" }) end,
        moved  = function() return request.get(base .. "/moved") end,
        large  = function() return request.get(base .. "/large") end,
        slow   = function() return request.get(base .. "/slow", { timeout = 1 }) end,
        both   = function() return request.post(base .. "/item", { body = "a", json = { b = 1 } }) end,
        broken = function() return request.get(base .. "/broken", { parse_json = true }) end,
    }
    local verb = verbs[req.params.verb]
    if not verb then
        return { status = 404, json = { error = "no such verb" } }
    end
    local fine, answer = pcall(verb)
    if not fine then
        return { status = 502, json = { raised = true } }
    end
    if answer.error then
        return { status = 502, json = { error = true } }
    end
    return { json = { status = answer.status, body = answer.body, kind = answer.headers["content-type"], parsed = answer.json ~= nil } }
end)

http.handle("GET", "/products", function(req)
    local rows = db.query("products", {
        columns  = { "sku", "name", "price" },
        where    = { price = db.between(tonumber(req.query.from) or 0, tonumber(req.query.to) or 1000000) },
        order_by = { { column = "price", desc = req.query.sort == "-price" }, { column = "sku" } },
        limit    = 10,
    })
    return { json = { products = rows, n = #rows } }
end, { public = true })

http.handle("GET", "/products/{sku}", function(req)
    local row = db.query_one("products", { where = { sku = req.params.sku } })
    if not row then
        return { status = 404, json = { error = "unknown product" } }
    end
    local raw = json.decode(row.raw)
    return { json = { sku = row.sku, sizes = raw.sizes, first = raw.sizes and raw.sizes[1] } }
end, { public = true })

function on_init()
    db.define_table("settings", {
        columns = { { name = "name", type = "text", not_null = true }, { name = "value", type = "text" } },
        indexes = { { columns = { "name" }, unique = true } },
    })
    db.define_table("products", {
        columns = {
            { name = "sku",   type = "text", not_null = true },
            { name = "name",  type = "text", not_null = true },
            { name = "price", type = "real", not_null = true },
            { name = "raw",   type = "text" },
        },
        indexes = { { columns = { "sku" } }, { columns = { "price" } } },
    })
end

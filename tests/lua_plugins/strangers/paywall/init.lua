-- Lets visitors read some pages only with a ticket.
local tickets = require("tickets")

plugin_info = {
    name        = "paywall",
    version     = "0.9.0",
    description = "Pages that need a ticket",
    core_access = {
        content_data = { "read" },
    },
}

request.register("bank.example.com", { description = "Checks tickets that were bought there" })

hooks.on("before_read", "content_data", function(data)
    local gate = tickets.gate(data.slug)
    if not gate then
        return nil
    end
    local ticket = data.headers and data.headers["x-ticket"]
    if not ticket or ticket == "" then
        return {
            status  = 402,
            headers = { ["X-Price"] = tostring(gate.price) },
            json    = { error = "payment required", slug = data.slug, price = gate.price },
        }
    end
    if ticket:sub(1, 5) == "BANK-" then
        local answer = request.post("https://bank.example.com/verify", { json = { ticket = ticket }, parse_json = true })
        if answer.status == 200 and answer.json and answer.json.valid then
            return nil
        end
        return { status = 402, json = { error = "the bank does not know this ticket" } }
    end
    local row = tickets.find(ticket)
    if not row then
        return { status = 403, json = { error = "this ticket is not valid" } }
    end
    if row.left_over <= 0 then
        return { status = 403, json = { error = "this ticket is used up" } }
    end
    db.update("tickets", { set = { left_over = row.left_over - 1 }, where = { id = row.id } })
    data._left = row.left_over - 1
    return nil
end)

hooks.on("after_read", "content_data", function(data)
    if data._left ~= nil then
        return { headers = { ["X-Ticket-Left"] = tostring(data._left) } }
    end
end)

http.handle("PUT", "/gates", function(req)
    db.upsert("gates", {
        values           = { slug = req.json.slug, price = req.json.price },
        conflict_columns = { "slug" },
        update           = { price = req.json.price },
    })
    return { json = { slug = req.json.slug, gates = db.count("gates") } }
end)

http.handle("DELETE", "/gates", function(req)
    db.delete("gates", { where = { slug = req.query.slug } })
    return { json = { gates = db.count("gates") } }
end)

http.handle("POST", "/tickets", function(req)
    local id = db.insert("tickets", { code = req.json.code, left_over = req.json.reads or 1 })
    local row = db.query_one("tickets", { where = { code = req.json.code } })
    return { status = 201, json = { code = row.code, left = row.left_over, id_given = id == nil or id == row.id } }
end)

http.handle("GET", "/tickets/{code}", function(req)
    local row = tickets.find(req.params.code)
    if not row then
        return { status = 404, json = { error = "unknown ticket" } }
    end
    return { json = { code = row.code, left = row.left_over } }
end, { public = true })

function on_init()
    db.define_table("gates", {
        columns = {
            { name = "slug",  type = "text", not_null = true },
            { name = "price", type = "real", not_null = true },
        },
        indexes = { { columns = { "slug" }, unique = true } },
    })
    db.define_table("tickets", {
        columns = {
            { name = "code",      type = "text", not_null = true, unique = true },
            { name = "left_over", type = "integer", not_null = true },
        },
    })
end

local tickets = {}

function tickets.gate(slug)
    if type(slug) ~= "string" then
        return nil
    end
    local gate = db.query_one("gates", { where = { slug = slug } })
    if gate == nil and slug:sub(1, 1) ~= "/" then
        gate = db.query_one("gates", { where = { slug = "/" .. slug } })
    end
    return gate
end

function tickets.find(code)
    return db.query_one("tickets", { where = { code = code } })
end

return tickets

-- The tags of the site, for the plugins that show them.
plugin_info = {
    name        = "tag_store",
    version     = "1.0.0",
    description = "Keeps tags",
}

http.handle("PUT", "/tags/{tag}", function(req)
    local tag = req.params.tag:lower()
    db.upsert("tags", { values = { tag = tag, weight = req.json and req.json.weight or 1 }, conflict_columns = { "tag" } })
    return { json = { tag = tag, tags = db.count("tags") } }
end)

http.handle("GET", "/tags", function(req)
    local tags = {}
    for _, row in ipairs(db.query("tags", { order_by = { { column = "weight", desc = true }, { column = "tag" } } })) do
        tags[#tags + 1] = { tag = row.tag, weight = row.weight }
    end
    return { json = { tags = tags } }
end, { public = true })

function on_init()
    db.define_table("tags", {
        columns = { { name = "tag", type = "text", not_null = true }, { name = "weight", type = "integer", default = 1 } },
        indexes = { { columns = { "tag" }, unique = true } },
    })
end

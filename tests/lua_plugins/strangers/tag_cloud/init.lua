-- Draws a cloud of words; needs the plugin that keeps them.
local shapes = require("shapes")

plugin_info = {
    name         = "tag_cloud",
    version      = "1.0.0",
    description  = "A cloud of tags",
    dependencies = { "tag_store" },
}

http.handle("POST", "/cloud", function(req)
    local words = {}
    for _, tag in ipairs(req.json.tags) do
        words[#words + 1] = shapes.word(tag.tag, tag.weight)
    end
    db.insert("clouds", { words = #words, html = table.concat(words, " ") })
    return { body = table.concat(words, " "), headers = { ["Content-Type"] = "text/html; charset=utf-8" } }
end, { public = true })

-- The tables of another plugin are not to be read.
http.handle("GET", "/spy", function(req)
    local names = { "tags", "plugin_tag_store_tags", "../tags", "sqlite_master", "users" }
    local open = {}
    for _, name in ipairs(names) do
        local fine, rows, err = pcall(db.query, name, {})
        if fine and rows ~= nil and err == nil then
            open[#open + 1] = name
        end
    end
    return { json = { open = #open } }
end)

function on_init()
    db.define_table("clouds", {
        columns = { { name = "words", type = "integer" }, { name = "html", type = "text" } },
    })
    db.create_index("clouds", { columns = { "words" }, unique = false })
    local fine = pcall(db.define_table, "stolen", {
        columns = { { name = "tag_id", type = "text" } },
        foreign_keys = { { column = "tag_id", ref_table = "plugin_tag_store_tags", ref_column = "id" } },
    })
    if fine then
        error("a foreign key into another plugin must be refused")
    end
end

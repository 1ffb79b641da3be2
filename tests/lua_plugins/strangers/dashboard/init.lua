-- Screens for the terminal: what is going on, and two editors for fields.
plugin_info = {
    name        = "dashboard",
    version     = "3.1.4",
    description = "Numbers of the site in the terminal",
    author      = "Ops",
    license     = "MIT",
    core_access = { content_data = { "read" } },
    screens = {
        { name = "main",  label = "Dashboard", icon = "chart" },
        { name = "tasks", label = "Tasks", icon = "check", hidden = true },
    },
    interfaces = {
        { name = "color", label = "Colour", mode = "inline" },
        { name = "place", label = "Place", mode = "overlay" },
    },
    ui = { tag = "mcms-dashboard", bundle = "dashboard.js", has_admin = true },
}

http.handle("GET", "/numbers", function(req)
    return { json = { tasks = db.count("tasks"), open = db.count("tasks", { where = { done = false } }) } }
end)

function on_init()
    db.define_table("tasks", {
        columns = {
            { name = "title", type = "text", not_null = true },
            { name = "done",  type = "boolean", not_null = true, default = false },
        },
    })
    if db.count("tasks", {}) == 0 then
        db.insert("tasks", { title = "Water the plants" })
        db.insert("tasks", { title = "Read the news", done = true })
    end
end

-- The tables. What has a structure of its own is kept as JSON text.

local M = {}

local function text(name, needed)
  return { name = name, type = "text", not_null = needed }
end

local function number(name, default)
  return { name = name, type = "integer", not_null = true, default = default }
end

local function of_form(columns, indexes)
  table.insert(columns, 1, text("form_id", true))
  return {
    columns = columns,
    indexes = indexes,
    foreign_keys = {
      { column = "form_id", ref_table = "plugin_forms_forms", ref_column = "id", on_delete = "CASCADE" },
    },
  }
end

function M.define()
  db.define_table("forms", {
    columns = {
      text("name", true), text("description"), text("submit_label"), text("success_message"), text("redirect_url"),
      number("enabled", 1), number("version", 1), number("rate_limit", 100),
      text("captcha_config"), text("captcha_secret"),
      text("edit"), -- which edit made this version: of two at once, one finds another's
    },
    indexes = { { columns = { "name" } } },
  })
  db.define_table("fields", of_form({
    text("name", true), text("label"), text("field_type", true), number("required", 0), number("position", 0),
    text("placeholder"), text("help_text"), text("default_value"), text("options"), text("validation_rules"),
  }, { { columns = { "form_id", "position" } }, { columns = { "form_id", "name" }, unique = true } }))
  db.define_table("entries", of_form({
    number("form_version", 1), text("data", true), number("size", 0),
  }, { { columns = { "form_id", "created_at" } } }))
  db.define_table("webhooks", of_form({
    text("url", true), text("method", true), text("events", true), text("headers"), text("secret"),
    number("active", 1),
  }, { { columns = { "form_id" } } }))
  -- Not bound to the form: it tells of forms that are gone, too.
  db.define_table("deliveries", {
    columns = {
      text("webhook_id", true), text("form_id", true), text("event", true), text("url", true), text("method", true),
      text("headers"), text("secret"), text("body", true),
      text("status", true), -- pending, sending, done, failed
      number("attempts", 0), text("tried_at", true), text("taken_by"), text("last_error"),
    },
    indexes = { { columns = { "status", "attempts", "tried_at" } }, { columns = { "form_id", "status" } } },
  })
end

return M

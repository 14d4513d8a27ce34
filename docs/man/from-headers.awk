# SPDX-License-Identifier: BSD-2-Clause
# What the installed headers say, as sections of a man page in scdoc's form: a section a header, in it
# each function under its name, the types as they are written.

# The page's beginning is written by hand: head=FILE names it on the command line.
function print_head(   line) {
    while ((getline line <head) > 0) print line
    print ""
}

function flush_types() {
    sub(/^\n+/, "", types)
    sub(/\n+$/, "", types)
    if (types != "") printf "```\n%s\n```\n\n", types
    types = ""
}

function print_function(   name) {
    name = prototype
    sub(/\(.*/, "", name)
    sub(/.*[^a-z0-9_]/, "", name)
    gsub(/SIPWARD_(API|MUST_USE) /, "", prototype)
    gsub(/\n */, "\n    ", prototype)
    flush_types()
    printf "## %s()\n\n```\n%s\n```\n\n```\n%s```\n\n", name, prototype, comment
    comment = ""
}

FNR == 1 {
    if (NR == 1) print_head()
    flush_types()
    n = split(FILENAME, path, "/")
    printf "# SIPWARD/%s\n\n", toupper(path[n])
    in_story = 1
    is_done = 0
}
/^#|^extern "C"|SPDX/ { next }
# The story at the top is the page's own description.
in_story && /\*\/$/ { in_story = 0; next }
in_story { next }
/^}$/ && !in_body && !in_struct { next } # of extern "C"

/^\/\*\*/ {
    in_comment = 1
    comment = ""
}
in_comment {
    line = $0
    is_last = line ~ /\*\/$/
    sub(/^\/\*\* ?/, "", line)
    sub(/ *\*\/$/, "", line)
    sub(/^ \* ?/, "", line)
    if (line != "" || (comment != "" && !is_last)) comment = comment line "\n"
    if (is_last) { in_comment = 0; in_prototype = 1; prototype = "" }
    next
}
in_body { if (/^}/) in_body = 0; next }
in_prototype {
    prototype = prototype (prototype == "" ? "" : "\n") $0
    if (/;$/) { in_prototype = 0; print_function() }
    else if (/^{/) {
        sub(/\n\{$/, ";", prototype)
        sub(/^static inline /, "", prototype)
        in_prototype = 0
        in_body = 1
        print_function()
    }
    next
}
/^(struct|enum) .*{$|^enum {$/ { in_struct = 1 }
/^}/ { in_struct = 0 }
{ types = types "\n" $0 }
END { flush_types() }

/* SPDX-License-Identifier: BSD-2-Clause */
/* A doubly linked list whose links lie in its members. A head is a link that points to itself
 * when the list is empty; a member that is in no list has next == NULL. */
#ifndef SW_BASE_LIST_H
#define SW_BASE_LIST_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct sw_list {
    struct sw_list *next, *prev;
};

static inline void sw_list_init(struct sw_list *head)
{
    head->next = head->prev = head;
}

static inline bool sw_list_is_empty(const struct sw_list *head)
{
    return head->next == head;
}

static inline bool sw_list_is_linked(const struct sw_list *link)
{
    return link->next != NULL;
}

static inline void sw_list_insert_between(struct sw_list *l, struct sw_list *before,
                                          struct sw_list *after)
{
    l->prev = before;
    l->next = after;
    before->next = l;
    after->prev = l;
}

static inline void sw_list_push_back(struct sw_list *head, struct sw_list *l)
{
    sw_list_insert_between(l, head->prev, head);
}

static inline void sw_list_push_front(struct sw_list *head, struct sw_list *l)
{
    sw_list_insert_between(l, head, head->next);
}

/* Take out of its list; a link that is in none stays as it is. */
static inline void sw_list_remove(struct sw_list *l)
{
    if (l->next == NULL)
        return;
    l->prev->next = l->next;
    l->next->prev = l->prev;
    l->next = l->prev = NULL;
}

/* The first member's link, or NULL. */
static inline struct sw_list *sw_list_first(const struct sw_list *head)
{
    return head->next == head ? NULL : head->next;
}

#define SW_LIST_ITEM(link, type, member) SW_CONTAINER_OF(link, type, member)

/* The loop body may remove `at`. */
#define SW_LIST_EACH(at, tmp, head)                                                                \
    for ((at) = (head)->next, (tmp) = (at)->next; (at) != (head); (at) = (tmp), (tmp) = (at)->next)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/inbox.h"

#include "base/err.h"

int sw_inbox_init(struct sw_inbox *inbox)
{
    sw_list_init(&inbox->list);
    return pthread_mutex_init(&inbox->lock, NULL) == 0 ? 0 : SW_E_SYSTEM;
}

void sw_inbox_fini(struct sw_inbox *inbox)
{
    pthread_mutex_destroy(&inbox->lock);
}

void sw_inbox_put(struct sw_inbox *inbox, struct sw_list *link)
{
    pthread_mutex_lock(&inbox->lock);
    sw_list_push_back(&inbox->list, link);
    pthread_mutex_unlock(&inbox->lock);
}

void sw_inbox_take(struct sw_inbox *inbox, struct sw_list *out)
{
    struct sw_list *link;

    sw_list_init(out);
    pthread_mutex_lock(&inbox->lock);
    while ((link = sw_list_first(&inbox->list)) != NULL) {
        sw_list_remove(link);
        sw_list_push_back(out, link);
    }
    pthread_mutex_unlock(&inbox->lock);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/tls_openssl.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

enum {
    SECURITY_LEVEL = 2, /* OpenSSL's: RSA from 2048 bits on, no SHA-1, no RC4 */
    WHY_MAX = 200,
    SNI_MAX = 254 /* RFC 6066 3: a host name, with its NUL */
};

struct ad_tls {
    SSL_CTX *accepting, *connecting;
    enum ad_tls_client client;
};

struct ad_tls_session {
    SSL *ssl;
    BIO *in, *out; /* the SSL's */
    ad_tls_judge_fn *judge;
    void *arg;
    bool is_lenient; /* a certificate that does not verify counts as none */
    bool is_judged;  /* `why` says more than OpenSSL knows */
    enum ad_tls_state state;
    struct px_cert cert;
    struct px_cert_name *names; /* cert's, with the texts behind them */
    size_t why_len;
    char why[WHY_MAX];
};

/* --- reading the files ------------------------------------------------------------------- */

static const char *reason_of(unsigned long err)
{
    const char *text = ERR_reason_error_string(err);

    if (ERR_SYSTEM_ERROR(err))
        return strerrordesc_np(ERR_GET_REASON(err));
    return text == NULL ? "unknown error" : text;
}

static int fail(struct ad_tls_error *error, enum ad_tls_file file, const char *text)
{
    struct sw_buf b = sw_buf(error->text, sizeof error->text);

    error->file = file;
    sw_buf_str(&b, text);
    sw_buf_cstr(&b);
    ERR_clear_error();
    return SW_E_FILE;
}

/* The first error is the cause, those after it are what came of it. */
static int fail_as_openssl_says(struct ad_tls_error *error, enum ad_tls_file file)
{
    return fail(error, file, reason_of(ERR_peek_error()));
}

static bool is_about_the_key(unsigned long err)
{
    return ERR_GET_LIB(err) == ERR_LIB_X509 && (ERR_GET_REASON(err) == X509_R_KEY_VALUES_MISMATCH ||
                                                ERR_GET_REASON(err) == X509_R_KEY_TYPE_MISMATCH);
}

static int use_certificate(SSL_CTX *ctx, const struct ad_tls_conf *conf, struct ad_tls_error *error)
{
    if (SSL_CTX_use_certificate_chain_file(ctx, conf->certificate) != 1)
        return fail_as_openssl_says(error, AD_TLS_CERTIFICATE);
    if (SSL_CTX_use_PrivateKey_file(ctx, conf->key, SSL_FILETYPE_PEM) != 1) {
        if (is_about_the_key(ERR_peek_error()))
            return fail(error, AD_TLS_KEY, "it does not belong to the certificate");
        return fail_as_openssl_says(error, AD_TLS_KEY);
    }
    if (SSL_CTX_check_private_key(ctx) != 1)
        return fail(error, AD_TLS_KEY, "it does not belong to the certificate");
    return 0;
}

static int use_authorities(SSL_CTX *ctx, const struct ad_tls_conf *conf, struct ad_tls_error *error)
{
    int rc = conf->ca == NULL ? SSL_CTX_set_default_verify_paths(ctx)
                              : SSL_CTX_load_verify_file(ctx, conf->ca);

    return rc == 1 ? 0 : fail_as_openssl_says(error, AD_TLS_CA);
}

static int verify(X509_STORE_CTX *store, void *unused);

/* Nobody asks for a passphrase: the program has no terminal. */
static int no_passphrase(char *room, int cap, int is_writing, void *arg)
{
    (void)room;
    (void)cap;
    (void)is_writing;
    (void)arg;
    return -1;
}

static void set_rules(SSL_CTX *ctx, const struct ad_tls_conf *conf)
{
    SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
    SSL_CTX_set_min_proto_version(ctx, conf->version_min == AD_TLS_1_3 ? TLS1_3_VERSION
                                                                       : TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify_depth(ctx, (int)conf->depth_max);
    SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
}

static int make_context(SSL_CTX **out, const SSL_METHOD *method, const struct ad_tls_conf *conf,
                        struct ad_tls_error *error)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    if (ctx == NULL)
        return SW_E_NOMEM;
    *out = ctx; /* freed with the rest */
    set_rules(ctx, conf);
    int rc = conf->certificate == NULL ? 0 : use_certificate(ctx, conf, error);
    return rc < 0 ? rc : use_authorities(ctx, conf, error);
}

/* A client is told whose certificates would do. */
static int ask_for_certificates(struct ad_tls *tls, const struct ad_tls_conf *conf,
                                struct ad_tls_error *error)
{
    static const int modes[] = {
        [AD_TLS_CLIENT_NONE] = SSL_VERIFY_NONE,
        [AD_TLS_CLIENT_ASK] = SSL_VERIFY_PEER,
        [AD_TLS_CLIENT_REQUIRE] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
    };

    tls->client = conf->client;
    SSL_CTX_set_verify(tls->accepting, modes[conf->client], NULL);
    if (conf->client == AD_TLS_CLIENT_NONE || conf->ca == NULL)
        return 0;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(conf->ca);
    if (names == NULL)
        return fail_as_openssl_says(error, AD_TLS_CA);
    SSL_CTX_set_client_CA_list(tls->accepting, names);
    return 0;
}

int ad_tls_new(struct ad_tls **out, const struct ad_tls_conf *conf, struct ad_tls_error *error)
{
    struct ad_tls *tls = sw_zalloc(NULL, sizeof *tls);

    *error = (struct ad_tls_error){AD_TLS_NO_FILE, ""};
    if (tls == NULL)
        return SW_E_NOMEM;
    ERR_clear_error();
    int rc = make_context(&tls->connecting, TLS_client_method(), conf, error);
    if (rc == 0)
        rc = make_context(&tls->accepting, TLS_server_method(), conf, error);
    if (rc == 0)
        rc = ask_for_certificates(tls, conf, error);
    if (rc < 0) {
        ad_tls_free(tls);
        return rc;
    }
    SSL_CTX_set_verify(tls->connecting, SSL_VERIFY_PEER, NULL);
    *out = tls;
    return 0;
}

void ad_tls_free(struct ad_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->connecting);
    SSL_CTX_free(tls->accepting);
    sw_free(NULL, tls);
}

/* --- what a certificate says ------------------------------------------------------------- */

static void set_why(struct ad_tls_session *s, const char *text)
{
    struct sw_buf b = sw_buf(s->why, sizeof s->why);

    sw_buf_escaped(&b, sw_slice_str(text));
    s->why_len = b.len;
}

static struct sw_slice text_of(const ASN1_STRING *text)
{
    return sw_slice((const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
}

static bool addr_of(const ASN1_OCTET_STRING *octets, struct sw_netaddr *out)
{
    struct sw_slice bytes = text_of(octets);

    *out = (struct sw_netaddr){.family = bytes.len == 4 ? 4 : 6};
    if (bytes.len != 4 && bytes.len != 16)
        return false;
    memcpy(out->bytes, bytes.p, bytes.len);
    return true;
}

static struct px_cert_name read_alt_name(const GENERAL_NAME *g)
{
    struct px_cert_name name = {.kind = PX_CERT_OTHER};

    if (g->type == GEN_URI) {
        name.kind = PX_CERT_URI;
        name.text = text_of(g->d.uniformResourceIdentifier);
    } else if (g->type == GEN_DNS) {
        name.kind = PX_CERT_DNS;
        name.text = text_of(g->d.dNSName);
    } else if (g->type == GEN_IPADD && addr_of(g->d.iPAddress, &name.addr)) {
        name.kind = PX_CERT_ADDR;
    }
    return name;
}

/* The last common name of the subject: the most specific one. */
static bool read_common_name(X509 *cert, struct px_cert_name *out)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    int at = -1, last = -1;

    while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
        last = at;
    if (last < 0)
        return false;
    *out = (struct px_cert_name){
        .kind = PX_CERT_COMMON,
        .text = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)))};
    return true;
}

/* The session's own copy: names, and their texts behind them. */
static bool keep_names(struct ad_tls_session *s, const struct px_cert_name *names, size_t count)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += names[i].text.len;
    struct px_cert_name *copy = sw_alloc(NULL, count * sizeof *copy + len + 1);
    if (copy == NULL)
        return false;
    char *text = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = names[i];
        if (names[i].text.len == 0)
            continue;
        memcpy(text, names[i].text.p, names[i].text.len);
        copy[i].text.p = text;
        text += names[i].text.len;
    }
    sw_free(NULL, s->names);
    s->names = copy;
    s->cert = (struct px_cert){copy, count};
    return true;
}

/* False: without memory, malformed, or with more names than anybody needs. */
static bool read_names(struct ad_tls_session *s, X509 *cert)
{
    struct px_cert_name names[PX_CERT_NAMES_MAX];
    int critical = -1;
    size_t count = 0;
    GENERAL_NAMES *alt = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
    int alt_count = alt == NULL ? 0 : sk_GENERAL_NAME_num(alt);
    bool is_right = (alt != NULL || critical == -1) && alt_count < PX_CERT_NAMES_MAX;

    for (int i = 0; is_right && i < alt_count; i++)
        names[count++] = read_alt_name(sk_GENERAL_NAME_value(alt, i));
    if (is_right && read_common_name(cert, &names[count]))
        count++;
    is_right = is_right && keep_names(s, names, count);
    GENERAL_NAMES_free(alt);
    return is_right;
}

/* An authority that makes certificates for servers alone is no reason to turn away a proxy that
 * shows its only one (RFC 5922 7.4 knows no difference between the roles). */
static bool may_be_a_client(X509 *cert)
{
    uint32_t use = X509_get_extended_key_usage(cert);

    return use == UINT32_MAX || (use & (XKU_SSL_CLIENT | XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

static bool is_trustworthy(struct ad_tls_session *s, X509_STORE_CTX *store)
{
    X509 *cert = X509_STORE_CTX_get0_cert(store);
    bool is_client = SSL_is_server(s->ssl) == 1;
    struct sw_buf why = sw_buf(s->why, sizeof s->why);

    if (is_client)
        X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(store), X509_PURPOSE_ANY);
    if (X509_verify_cert(store) != 1)
        return false;
    if (is_client && !may_be_a_client(cert)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
        return false;
    }
    if (!read_names(s, cert)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
        return false;
    }
    if (s->judge == NULL || s->judge(s->arg, &s->cert, &why))
        return true;
    s->is_judged = true;
    s->why_len = why.len;
    X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
    return false;
}

/* OpenSSL asks for a verdict on the peer's certificate. */
static int verify(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ad_tls_session *s = SSL_get_app_data(ssl);

    (void)unused;
    if (is_trustworthy(s, store))
        return 1;
    s->cert = (struct px_cert){NULL, 0};
    return s->is_lenient ? 1 : 0;
}

/* --- sessions ---------------------------------------------------------------------------- */

static int set_name(struct ad_tls_session *s, struct sw_slice sni)
{
    char room[SNI_MAX];
    struct sw_buf name = sw_buf(room, sizeof room);

    if (sni.len == 0)
        return 0;
    sw_buf_slice_add(&name, sni);
    sw_buf_char(&name, '\0');
    if (name.overflow || sw_slice_find(sni, '\0') != SIZE_MAX)
        return SW_E_INVAL;
    return SSL_set_tlsext_host_name(s->ssl, room) == 1 ? 0 : SW_E_NOMEM;
}

static int make_ssl(struct ad_tls_session *s, struct ad_tls *tls, const struct ad_tls_args *args)
{
    s->ssl = SSL_new(args->is_accepted ? tls->accepting : tls->connecting);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (s->ssl == NULL || s->in == NULL || s->out == NULL) {
        BIO_free(s->in);
        BIO_free(s->out);
        return SW_E_NOMEM;
    }
    SSL_set_bio(s->ssl, s->in, s->out); /* takes both */
    SSL_set_app_data(s->ssl, s);
    if (args->is_accepted) {
        SSL_set_accept_state(s->ssl);
        return 0;
    }
    SSL_set_connect_state(s->ssl);
    return set_name(s, args->sni);
}

int ad_tls_session_new(struct ad_tls_session **out, struct ad_tls *tls,
                       const struct ad_tls_args *args)
{
    struct ad_tls_session *s = sw_zalloc(NULL, sizeof *s);

    if (s == NULL)
        return SW_E_NOMEM;
    s->judge = args->judge;
    s->arg = args->arg;
    s->is_lenient = args->is_accepted && tls->client == AD_TLS_CLIENT_ASK;
    int rc = make_ssl(s, tls, args);
    if (rc < 0) {
        ad_tls_session_free(s);
        ERR_clear_error();
        return rc;
    }
    *out = s;
    return 0;
}

void ad_tls_session_free(struct ad_tls_session *s)
{
    if (s == NULL)
        return;
    SSL_free(s->ssl);
    sw_free(NULL, s->names);
    sw_free(NULL, s);
}

/* --- octets ------------------------------------------------------------------------------ */

/* The peer's fault, or what an alert of his says, or nothing worse than the end. */
static void explain(struct ad_tls_session *s)
{
    long verdict = SSL_get_verify_result(s->ssl);
    unsigned long err = ERR_peek_error();

    if (s->is_judged)
        return; /* the judge has said it */
    if (!s->is_lenient && verdict != X509_V_OK)
        set_why(s, X509_verify_cert_error_string(verdict));
    else
        set_why(s, err == 0 ? "the other side broke the protocol" : reason_of(err));
}

static void note_failure(struct ad_tls_session *s, int rc)
{
    int err = SSL_get_error(s->ssl, rc);

    if (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE)
        return;
    if (err == SSL_ERROR_ZERO_RETURN && s->state == AD_TLS_OPEN) {
        s->state = AD_TLS_ENDED;
        return;
    }
    s->state = AD_TLS_FAILED;
    explain(s);
}

static void shake_hands(struct ad_tls_session *s)
{
    ERR_clear_error();
    int rc = SSL_do_handshake(s->ssl);
    if (rc == 1)
        s->state = AD_TLS_OPEN;
    else
        note_failure(s, rc);
    ERR_clear_error();
}

enum ad_tls_state ad_tls_receive(struct ad_tls_session *s, struct sw_slice bytes)
{
    bool is_over = s->state == AD_TLS_FAILED || s->state == AD_TLS_ENDED;

    if (is_over)
        return s->state;
    if (bytes.len > 0 && (bytes.len > INT_MAX || BIO_write(s->in, bytes.p, (int)bytes.len) <= 0)) {
        s->state = AD_TLS_FAILED;
        set_why(s, sw_err_text(SW_E_NOMEM));
        return s->state;
    }
    if (s->state == AD_TLS_SHAKING)
        shake_hands(s);
    return s->state;
}

enum ad_tls_state ad_tls_state(const struct ad_tls_session *s)
{
    return s->state;
}

size_t ad_tls_read(struct ad_tls_session *s, char *room, size_t cap)
{
    size_t len = 0;

    if (s->state != AD_TLS_OPEN)
        return 0;
    ERR_clear_error();
    int rc = SSL_read_ex(s->ssl, room, cap, &len);
    if (rc != 1)
        note_failure(s, rc);
    ERR_clear_error();
    return rc == 1 ? len : 0;
}

void ad_tls_write(struct ad_tls_session *s, struct sw_slice bytes)
{
    size_t len = 0;

    if (s->state != AD_TLS_OPEN || bytes.len == 0)
        return;
    ERR_clear_error();
    int rc = SSL_write_ex(s->ssl, bytes.p, bytes.len, &len);
    if (rc != 1) {
        s->state = AD_TLS_FAILED; /* memory takes everything: there is no "later" */
        explain(s);
    }
    ERR_clear_error();
}

void ad_tls_end(struct ad_tls_session *s)
{
    if (s->state != AD_TLS_OPEN && s->state != AD_TLS_ENDED)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(s->ssl); /* the alert is in the output; whether the peer says it too is his
                                   business */
    ERR_clear_error();
}

struct sw_slice ad_tls_output(const struct ad_tls_session *s)
{
    char *p = NULL;
    long len = BIO_get_mem_data(s->out, &p);

    return sw_slice(p, len < 0 ? 0 : (size_t)len);
}

void ad_tls_output_taken(struct ad_tls_session *s)
{
    (void)BIO_reset(s->out);
}

const struct px_cert *ad_tls_cert(const struct ad_tls_session *s)
{
    return &s->cert;
}

struct sw_slice ad_tls_why(const struct ad_tls_session *s)
{
    return sw_slice(s->why, s->why_len);
}

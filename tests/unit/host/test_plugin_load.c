// SPDX-License-Identifier: Apache-2.0
// What is refused at the door, and with which sentence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"
#include "base/paths.h"
#include "host/plugin.h"
#include "runner.h"

static void contains(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("expected \"%s\" in \"%s\"", part, text ? text : "(nothing)");
}

static void refused(const char *path, const char *message)
{
    CLEANUP(outcome_deinit) struct outcome o;
    run_describe(path, &o);
    contains(o.err, message);
    contains(o.err, path);
    assert_string_equal(o.out, "");
    assert_true(WIFEXITED(o.status) && WEXITSTATUS(o.status) != 0);
}

static void a_descriptor_of_another_abi_is_refused_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *fixture, *message;
    } cases[] = {
        {"magic",
         "`junheng_plugin` is not a plugin descriptor; include junheng/plugin.h and begin it with JH_PLUGIN_HEAD"},
        {"major",
         "built for ABI 2.0, this junheng speaks 1.x: rebuild it against this junheng's junheng/plugin.h"},
        {"minor", "built for ABI 1.7, this junheng knows up to 1.0: upgrade junheng, or rebuild"},
        {"small", "the descriptor states 16 bytes"},
        {"large", "the descriptor states 60000 bytes"},
        {"zero_sized", "the array of indicators states 0 bytes an element"},
        {"no_descriptor", "exports no `junheng_plugin`"},
        {"undefined", "cannot be loaded: undefined symbol: nobody_has_this"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *path = fixture_path(cases[i].fixture);
        refused(path, cases[i].message);
    }
}

static void an_older_plugin_with_smaller_elements_is_described_with_zeros(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    CLEANUP_FREE char *path = fixture_path("older");
    run_describe(path, &o);
    json_t *j = json_loads(o.out, 0, NULL);
    const json_t *columns = json_object_get(json_array_get(json_object_get(j, "datasets"), 0), "columns");
    assert_int_equal(json_array_size(columns), 3);
    const json_t *beds = json_array_get(columns, 1);
    assert_string_equal(json_string_value(json_object_get(beds, "id")), "beds");
    assert_string_equal(json_string_value(json_object_get(beds, "aliases")), "床位");
    assert_true(json_number_value(json_object_get(beds, "max")) == 0);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(columns, 2), "type")), JH_CODE);
    json_decref(j);
}

static void write_file(const char *path, const void *data, size_t n)
{
    CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(frame_write_all(fd, data, n), 0);
}

static size_t read_file(const char *path, char **ret)
{
    CLEANUP_FD int fd = open(path, O_RDONLY);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    *ret = mem_alloc((size_t)st.st_size);
    assert_int_equal(read(fd, *ret, (size_t)st.st_size), st.st_size);
    return (size_t)st.st_size;
}

static void a_file_cut_anywhere_is_refused_or_whole(void **state)
{
    (void)state;
    char dir[] = "/tmp/junheng-cut-XXXXXX";
    assert_non_null(mkdtemp(dir));
    CLEANUP_FREE char *cut = str_printf("%s/cut.so", dir);
    CLEANUP_FREE char *good = fixture_path("good");
    CLEANUP_FREE char *bytes = NULL;
    size_t size = read_file(good, &bytes);
    for (size_t n = 0; n < 4096; n += n < 64 ? 9 : 801) {
        write_file(cut, bytes, n);
        refused(cut, n < 4 ? "not a shared object" : "the file is cut short");
    }
    write_file(cut, bytes, size / 4);
    struct plugin_file f;
    struct error err;
    if (plugin_file_copy(cut, &f, &err) == 0) // all that is loaded lies in its front
        plugin_file_deinit(&f);
    else
        contains(err.msg, "cut short");
    (void)unlink(cut);
    (void)rmdir(dir);
}

static void what_is_no_shared_object_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *message;
    } cases[] = {{"/not/there.so", "No such file or directory"},
                 {"/tmp", "not a regular file"},
                 {"/etc/passwd", "not a shared object; build the plugin with `cc -shared -fPIC`"},
                 {"/dev/zero", "not a regular file"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        refused(cases[i].path, cases[i].message);
}

static void the_copy_does_not_change_with_the_file(void **state)
{
    (void)state;
    char dir[] = "/tmp/junheng-copy-XXXXXX";
    assert_non_null(mkdtemp(dir));
    CLEANUP_FREE char *path = str_printf("%s/p.so", dir);
    CLEANUP_FREE char *good = fixture_path("good");
    CLEANUP_FREE char *bytes = NULL;
    CLEANUP_FREE char *copied = NULL;
    size_t size = read_file(good, &bytes);
    write_file(path, bytes, size);
    struct plugin_file f;
    struct error err;
    assert_int_equal(plugin_file_copy(path, &f, &err), 0);
    write_file(path, "gone", 4);
    copied = mem_alloc(size);
    assert_int_equal(pread(f.fd, copied, size, 0), size);
    assert_memory_equal(copied, bytes, size);
    assert_int_equal(write(f.fd, "x", 1), -1);
    plugin_file_deinit(&f);
    (void)unlink(path);
    (void)rmdir(dir);
}

static void a_description_can_be_sent_to_a_file(void **state)
{
    (void)state;
    char dir[] = "/tmp/junheng-file-XXXXXX";
    assert_non_null(mkdtemp(dir));
    CLEANUP_FREE char *file = str_printf("%s/p.json", dir);
    CLEANUP_FREE char *worker = paths_worker("junheng-run");
    CLEANUP_FREE char *good = fixture_path("good");
    CLEANUP_FREE char *magic = fixture_path("magic");
    const char *const cases[][2] = {{good, "\"name\": \"fixture\""}, {magic, "JH_PLUGIN_HEAD"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *bytes = NULL;
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
            (void)dup2(fd, 1);
            (void)dup2(fd, 2);
            (void)unsetenv("LANGUAGE");
            (void)execl(worker, worker, "--describe", cases[i][0], (char *)NULL);
            _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_true((WEXITSTATUS(status) == 0) == (i == 0));
        size_t n = read_file(file, &bytes);
        bytes = mem_grow(bytes, n + 1, 1);
        bytes[n] = '\0';
        contains(bytes, cases[i][1]);
    }
    (void)unlink(file);
    (void)rmdir(dir);
}

static int nothing(struct jh_run *run)
{
    (void)run;
    return 0;
}

// One of everything, right; a test spoils one member.
struct sample {
    struct jh_column columns[2];
    struct jh_dataset datasets[1];
    struct jh_threshold thresholds[1];
    struct jh_indicator indicators[2];
    int32_t offsets[1];
    struct jh_input inputs[1];
    struct jh_option options[1];
    struct jh_setting settings[1];
    struct jh_plugin plugin;
};

static void sample_init(struct sample *s)
{
    *s = (struct sample){
        .columns = {{.id = "school", .header = "学校代码", .flags = JH_KEY},
                    {.id = "beds", .header = "床位数", .type = JH_INTEGER, .max = 9}},
        .datasets = {{.id = "local_beds", .title = "床位", .period = JH_SCHOOL_YEAR}},
        .thresholds = {{.stage = JH_PRIMARY, .value = 3}},
        .indicators = {{.id = "local.beds", .title = "床位", .scale = 1, .stages = JH_PRIMARY},
                       {.id = "local.rule",
                        .title = "综合",
                        .kind = JH_RULE,
                        .members = "local.beds  local.other",
                        .pass_min = 2,
                        .cv_mean = "local.cv"}},
        .offsets = {-1},
        .inputs = {{.dataset = "local_beds"}},
        .options = {{.name = "weight", .default_text = "1", .max = 2}},
        .settings = {{.name = "local.weight", .value = 1.1}},
        .plugin = {JH_PLUGIN_HEAD, .name = "local", .version = "1.0", .title = "本地", .compute = nothing}};
    s->datasets[0].columns = (struct jh_array)JH_ARRAY(s->columns);
    s->indicators[0].thresholds = (struct jh_array)JH_ARRAY(s->thresholds);
    s->inputs[0].offsets = s->offsets;
    s->inputs[0].offset_count = 1;
    s->plugin.datasets = (struct jh_array)JH_ARRAY(s->datasets);
    s->plugin.indicators = (struct jh_array)JH_ARRAY(s->indicators);
    s->plugin.inputs = (struct jh_array)JH_ARRAY(s->inputs);
    s->plugin.options = (struct jh_array)JH_ARRAY(s->options);
    s->plugin.settings = (struct jh_array)JH_ARRAY(s->settings);
}

static int check(const struct sample *s, struct error *err)
{
    struct plugin *p = NULL;
    int r = plugin_check_abi(&s->plugin, sizeof s->plugin, err);
    if (r == 0)
        r = plugin_take(&s->plugin, &p, err);
    if (r == 0)
        r = plugin_check(p, err);
    plugin_free(p);
    return r;
}

#define SPOILT(statement, sentence)                                                                          \
    do {                                                                                                     \
        struct sample s;                                                                                     \
        struct error err = {0};                                                                              \
        sample_init(&s);                                                                                     \
        statement;                                                                                           \
        if (check(&s, &err) == 0)                                                                            \
            fail_msg("accepted: %s", #statement);                                                            \
        contains(err.msg, sentence);                                                                         \
    } while (0)

static void every_member_is_checked(void **state)
{
    (void)state;
    static char endless[9000];
    memset(endless, 'x', sizeof endless - 1);
    struct sample good;
    struct error e = {0};
    sample_init(&good);
    if (check(&good, &e) < 0)
        fail_msg("%s", e.msg);
    SPOILT(s.plugin.name = NULL, "`name` is missing");
    SPOILT(s.plugin.name = "本地", "`name` is \"本地\"; expected a word of a–z, 0–9 and _");
    SPOILT(s.plugin.version = "", "`version` is missing");
    SPOILT(s.plugin.title = endless, "`title` is longer than 8192 bytes");
    SPOILT(s.plugin.title = "\xc4\xe3", "`title` is not UTF-8");
    SPOILT(s.plugin.compute = NULL, "`compute` is missing");
    SPOILT(s.plugin.indicators.count = 100000, "declares 100000 indicators; at most 1024");
    SPOILT(s.plugin.indicators.items = NULL, "the array of indicators");
    SPOILT(s.plugin.options.size = 8, "the array of options states 8 bytes");
    SPOILT(s.datasets[0].columns.size = 0, "the array of columns states 0 bytes");
    SPOILT(s.datasets[0].id = "Beds", "dataset 1: `id` is \"Beds\"");
    SPOILT(s.datasets[0].period = 0, "dataset 1: `period` is missing");
    SPOILT(s.datasets[0].period = 9, "dataset 1: `period` is 9, which this junheng does not know");
    SPOILT(s.columns[0].flags = 0, "dataset 1: no column has JH_KEY");
    SPOILT(s.columns[1].id = "school", "dataset 1: column `school` is declared twice");
    SPOILT(s.columns[1].header = NULL, "dataset 1: column 2: `header` is missing");
    SPOILT(s.columns[1].type = JH_CODE, "dataset 1: column 2: `values` is missing");
    SPOILT(s.columns[1].type = 99, "column 2: `type` is 99");
    SPOILT(s.columns[1].flags = 1u << 30, "column 2: `flags`");
    SPOILT(s.columns[1].min = 10, "column 2: `min` and `max`");
    SPOILT(s.columns[1].max = NAN, "column 2: `min` and `max`");
    SPOILT(s.indicators[0].id = "beds",
           "indicator 1: `id` is \"beds\"; expected words of a–z, 0–9, _ joined by dots");
    SPOILT(s.indicators[0].id = "local..beds", "indicator 1: `id`");
    SPOILT(s.indicators[1].id = "local.beds", "indicator 2: `local.beds` is declared twice");
    SPOILT(s.indicators[0].scale = 0, "indicator 1: `scale` must be above 0");
    SPOILT(s.indicators[0].op = 7, "indicator 1: `op` is 7");
    SPOILT(s.indicators[0].stages = 64, "indicator 1: `stages` is 64");
    SPOILT(s.thresholds[0].value = NAN, "indicator 1: threshold 1 is not a number");
    SPOILT(s.thresholds[0].stage = 3, "indicator 1: threshold 1: `stage` is one of");
    SPOILT(s.indicators[1].members = NULL, "indicator 2: `members` is missing");
    SPOILT(s.indicators[1].pass_min = 3, "indicator 2: `pass_min` is 3, but the rule has 2 members");
    SPOILT(s.indicators[1].cv_mean = "cv", "indicator 2: `cv_mean`");
    SPOILT(s.inputs[0].indicator = "local.beds", "input 1: name either a dataset or an indicator");
    SPOILT(s.inputs[0].dataset = NULL, "input 1: name either a dataset or an indicator");
    SPOILT(s.inputs[0].offset_count = 65, "input 1: at most 64 period offsets");
    SPOILT(s.inputs[0].offsets = NULL, "input 1: period offsets");
    SPOILT(s.options[0].default_text = "3",
           "option 1: option weight: expected a number from 0 to 2, got \"3\"");
    SPOILT(s.options[0].default_text = "many", "option weight: expected a number");
    SPOILT((s.options[0].type = JH_OPTION_BOOL, s.options[0].default_text = "perhaps"),
           "expected yes or no, got \"perhaps\"");
    SPOILT(s.plugin.settings.size = 8, "the array of settings states 8 bytes");
    SPOILT(s.settings[0].name = "weight", "setting 1: `name` is \"weight\"; expected words");
    SPOILT(s.settings[0].value = NAN, "setting 1: `value` must be a number");
}

static void a_descriptor_from_before_settings_has_none(void **state)
{
    (void)state;
    struct sample s;
    struct error err = {0};
    struct plugin *p = NULL;
    sample_init(&s);
    s.plugin.size = offsetof(struct jh_plugin, settings);
    assert_int_equal(plugin_check_abi(&s.plugin, s.plugin.size, &err), 0);
    assert_int_equal(plugin_take(&s.plugin, &p, &err), 0);
    assert_int_equal(p->d.settings.count, 0);
    assert_int_equal(p->d.options.count, 1);
    plugin_free(p);
}

static void a_larger_element_is_stepped_over(void **state)
{
    (void)state;
    // As a plugin of this minor whose header was extended by a vendor: read what is known, step by what is
    // stated.
    struct {
        struct jh_option known;
        char more[40];
    } wide[2] = {{.known = {.name = "a", .default_text = "1"}},
                 {.known = {.name = "b", .default_text = "2"}}};
    struct sample s;
    struct error err = {0};
    struct plugin *p = NULL;
    sample_init(&s);
    s.plugin.options = (struct jh_array)JH_ARRAY(wide);
    assert_int_equal(plugin_take(&s.plugin, &p, &err), 0);
    assert_string_equal(plugin_option(p, 1)->name, "b");
    plugin_free(p);
}

#if UINTPTR_MAX == UINT64_MAX
// Plugins of ABI 1.0 are out there: what it has never moves. A later minor adds at the end.
static void the_layout_of_abi_1_0_never_moves(void **state)
{
    (void)state;
    static const struct {
        size_t is, was;
    } layout[] = {
        {sizeof(struct jh_array), 16},
        {sizeof(struct jh_column), 64},
        {offsetof(struct jh_column, flags), 44},
        {offsetof(struct jh_column, min), 48},
        {sizeof(struct jh_dataset), 40},
        {offsetof(struct jh_dataset, columns), 16},
        {offsetof(struct jh_dataset, period), 32},
        {sizeof(struct jh_threshold), 24},
        {offsetof(struct jh_threshold, value), 8},
        {offsetof(struct jh_threshold, basis), 16},
        {sizeof(struct jh_indicator), 112},
        {offsetof(struct jh_indicator, thresholds), 56},
        {offsetof(struct jh_indicator, scale), 72},
        {offsetof(struct jh_indicator, kind), 80},
        {offsetof(struct jh_indicator, flags), 96},
        {offsetof(struct jh_indicator, pass_min), 104},
        {sizeof(struct jh_option), 48},
        {offsetof(struct jh_option, min), 24},
        {offsetof(struct jh_option, type), 40},
        {sizeof(struct jh_input), 32},
        {offsetof(struct jh_input, offsets), 16},
        {offsetof(struct jh_input, offset_count), 24},
        {sizeof(struct jh_measure), 88},
        {offsetof(struct jh_measure, stage), 12},
        {offsetof(struct jh_measure, indicator), 16},
        {offsetof(struct jh_measure, numerator), 48},
        {offsetof(struct jh_measure, pupils), 64},
        {offsetof(struct jh_measure, missing), 72},
        {offsetof(struct jh_measure, note), 80},
        {sizeof(struct jh_host), 80},
        {offsetof(struct jh_host, query), 16},
        {offsetof(struct jh_host, emit), 48},
        {offsetof(struct jh_host, log), 72},
        {sizeof(struct jh_setting), 24},
        {offsetof(struct jh_setting, value), 16},
        {sizeof(struct jh_plugin), 128},
        {offsetof(struct jh_plugin, settings), 112},
        {offsetof(struct jh_plugin, magic), 0},
        {offsetof(struct jh_plugin, abi_major), 4},
        {offsetof(struct jh_plugin, abi_minor), 6},
        {offsetof(struct jh_plugin, size), 8},
        {offsetof(struct jh_plugin, name), 16},
        {offsetof(struct jh_plugin, datasets), 40},
        {offsetof(struct jh_plugin, compute), 104},
    };
    for (size_t i = 0; i < ARRAY_SIZE(layout); i++)
        if (layout[i].is != layout[i].was)
            fail_msg("row %zu: %zu, was %zu", i, layout[i].is, layout[i].was);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_of_another_abi_is_refused_with_what_to_do),
        cmocka_unit_test(an_older_plugin_with_smaller_elements_is_described_with_zeros),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_or_whole),
        cmocka_unit_test(what_is_no_shared_object_is_refused),
        cmocka_unit_test(a_description_can_be_sent_to_a_file),
        cmocka_unit_test(the_copy_does_not_change_with_the_file),
        cmocka_unit_test(every_member_is_checked),
        cmocka_unit_test(a_descriptor_from_before_settings_has_none),
#if UINTPTR_MAX == UINT64_MAX
        cmocka_unit_test(the_layout_of_abi_1_0_never_moves),
#endif
        cmocka_unit_test(a_larger_element_is_stepped_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

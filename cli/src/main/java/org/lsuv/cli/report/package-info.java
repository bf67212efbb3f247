/**
 * Renders diagnoses as documents: a page for people, a table for programs, a text for pull requests; and what the theory
 * behind them says, as a page of its own ({@link org.lsuv.cli.report.TheoryPage}).
 *
 * <pre>{@code
 * ReportPage page = new ReportPage("mlp50.onnx", "lsuv-init diagnose …", facts, inputs, options, versions, timings,
 *         List.of(new LabelledRun("before", before), new LabelledRun("after LSUV", after)));
 * Files.writeString(file, HtmlReport.of(page));
 * }</pre>
 *
 * <p>A page is a value ({@link org.lsuv.cli.report.ReportPage}) that each command fills with what it knows, and a
 * renderer is a function from a page to a text. The HTML page is one file without scripts, fonts or pictures from
 * elsewhere, and its content security policy says so to the browser. Charts are SVG drawn here, so that the page says
 * everything without its one script, which only sorts tables; colours come from style sheets, so that one drawing
 * serves light, dark and paper. Nothing is said by colour alone: lines differ in dashes and marks, levels in signs and
 * words.
 *
 * <p>Names in a page come from files of strangers. Each text passes {@link org.lsuv.cli.report.Markup}, which escapes
 * it; only the style sheet and the script go in as they are.
 *
 * <p>This package refuses to know how anything was measured, and decides nothing: bounds come with the verdicts.
 */
@NullMarked
package org.lsuv.cli.report;

import org.jspecify.annotations.NullMarked;

package org.lsuv.cli.report;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Reads a page as XML, which it is but for its doctype, style sheet and script.
 *
 * @param html the page
 * @param document what was read
 */
record Page(String html, Document document) {
    static Page of(ReportPage page) {
        String html = HtmlReport.of(page);
        String xml = html.replaceFirst("<!DOCTYPE html>", "")
                .replaceFirst("(?s)<style>.*?</style>", "")
                .replaceFirst("(?s)<script>.*?</script></body>", "<script/></body>");
        try {
            return new Page(
                    html,
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))));
        } catch (Exception malformed) {
            throw new AssertionError("the page is not well-formed", malformed);
        }
    }

    List<Element> elements(String path) {
        return nodes(path).stream().map(Element.class::cast).toList();
    }

    List<String> attributes(String path) {
        return nodes(path).stream().map(Node::getNodeValue).toList();
    }

    List<String> texts(String path) {
        return nodes(path).stream().map(Node::getTextContent).toList();
    }

    static String text(Element element, String child) {
        return element.getElementsByTagName(child).item(0).getTextContent();
    }

    private List<Node> nodes(String path) {
        try {
            NodeList found =
                    (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
            List<Node> nodes = new ArrayList<>();
            for (int i = 0; i < found.getLength(); i++) {
                nodes.add(found.item(i));
            }
            return nodes;
        } catch (XPathExpressionException wrong) {
            throw new AssertionError(path, wrong);
        }
    }
}

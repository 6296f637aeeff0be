import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Random;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.RangeQuestion;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.GeoPointData;
import org.javarosa.core.model.data.GeoShapeData;
import org.javarosa.core.model.data.GeoTraceData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.LongData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.TimeData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;
import org.opendatakit.validate.StubPropertyManager;

/** Fills forms at random, as ODK Collect's engine lets a person fill them. One JSON line in, one JSON line out. */
public final class Interviewer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ATTEMPTS = 60;
    private static final int MAX_EVENTS = 20_000;

    private final Random random;
    private final List<String> texts = new ArrayList<>();
    private final LocalDate today;
    private final JsonNode given;
    private FormEntryController controller;
    private FormEntryModel model;

    private Interviewer(JsonNode request, long seed) {
        random = new Random(seed);
        request.path("texts").forEach(text -> texts.add(text.asText()));
        today = LocalDate.now();
        given = request.path("given");
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        new XFormsModule().registerModule();
        PropertyManager.setPropertyManager(new StubPropertyManager());
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                JsonNode request = JSON.readTree(line);
                new Interviewer(request, request.path("seed").asLong()).interview(request, answer);
            } catch (Throwable error) {
                answer.put("error", error.getClass().getSimpleName() + ": " + error.getMessage());
            }
            out.println(JSON.writeValueAsString(answer));
        }
    }

    private void interview(JsonNode request, ObjectNode answer) throws Exception {
        serveMedia(new File(request.path("media").asText()));
        FormDef form;
        try (InputStream xml = new FileInputStream(request.path("form").asText())) {
            form = XFormUtils.getFormFromInputStream(xml);
        }
        form.initialize(true, new InstanceInitializationFactory());
        model = new FormEntryModel(form);
        controller = new FormEntryController(model);
        String language = request.path("language").asText("");
        if (!language.isEmpty()) {
            controller.setLanguage(language);
        }
        pass(1.0, true);
        pass(0.25, false);
        pass(0.0, false);
        form.postProcessInstance();
        answer.put("valid", form.validate(true) == null);
        byte[] xml = new XFormSerializingVisitor().serializeInstance(form.getInstance());
        answer.put("xml", new String(xml, StandardCharsets.UTF_8));
        ObjectNode relevant = answer.putObject("relevant");
        collect(form.getInstance().getRoot(), "", relevant);
    }

    /** Walks the whole form. A question is answered with the given likelihood, and always where it must be and is not. */
    private void pass(double likelihood, boolean first) {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int events = 0;
        int event = controller.stepToNextEvent();
        while (event != FormEntryController.EVENT_END_OF_FORM && events++ < MAX_EVENTS) {
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT && first && random.nextInt(5) < 2) {
                controller.newRepeat();
            } else if (event == FormEntryController.EVENT_QUESTION) {
                FormEntryPrompt prompt = model.getQuestionPrompt();
                if (prompt.getControlType() == Constants.CONTROL_SELECT_ONE || isMultiple(prompt)) {
                    prompt.getSelectChoices();
                }
                String name = prompt.getIndex().getReference().getNameLast();
                if (given.has(name)) {
                    give(prompt, name, given.get(name).asText());
                    event = controller.stepToNextEvent();
                    continue;
                }
                boolean needed = prompt.isRequired() && prompt.getAnswerValue() == null || isHalfRanked(prompt);
                if (!prompt.isReadOnly() && (needed || random.nextDouble() < likelihood * 0.93)) {
                    answer(prompt);
                }
            }
            event = controller.stepToNextEvent();
        }
    }

    private static boolean isMultiple(FormEntryPrompt prompt) {
        int control = prompt.getControlType();
        return control == Constants.CONTROL_SELECT_MULTI || control == Constants.CONTROL_RANK;
    }

    /** The list has grown since: whoever comes by again puts what is new in its place. */
    private static boolean isHalfRanked(FormEntryPrompt prompt) {
        return prompt.getControlType() == Constants.CONTROL_RANK
            && prompt.getAnswerValue() != null
            && ((List<?>) prompt.getAnswerValue().getValue()).size() < prompt.getSelectChoices().size();
    }

    private void answer(FormEntryPrompt prompt) {
        IAnswerData before = prompt.getAnswerValue();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            IAnswerData value = invent(prompt);
            if (value == null) {
                return;
            }
            if (controller.answerQuestion(model.getFormIndex(), value, true) == FormEntryController.ANSWER_OK) {
                return;
            }
        }
        controller.answerQuestion(model.getFormIndex(), before, true);
    }

    /** Answers as ordered; an empty text leaves the question empty. */
    private void give(FormEntryPrompt prompt, String name, String text) {
        IAnswerData value = text.isEmpty() ? null : read(prompt, name, text);
        int outcome = controller.answerQuestion(model.getFormIndex(), value, true);
        if (outcome == FormEntryController.ANSWER_CONSTRAINT_VIOLATED) {
            throw new IllegalArgumentException("the form does not let " + name + " be " + text);
        }
    }

    private IAnswerData read(FormEntryPrompt prompt, String name, String text) {
        if (prompt.getControlType() == Constants.CONTROL_SELECT_ONE) {
            return new SelectOneData(choice(prompt, name, text));
        }
        if (isMultiple(prompt)) {
            List<Selection> chosen = new ArrayList<>();
            for (String code : text.split(" ")) {
                chosen.add(choice(prompt, name, code));
            }
            return new MultipleItemsData(chosen);
        }
        switch (prompt.getDataType()) {
            case Constants.DATATYPE_INTEGER:
                return new IntegerData(Integer.parseInt(text));
            case Constants.DATATYPE_DECIMAL:
                return new DecimalData(Double.parseDouble(text));
            case Constants.DATATYPE_DATE:
                return new DateData(at(LocalDate.parse(text)));
            default:
                return new StringData(text);
        }
    }

    private static Selection choice(FormEntryPrompt prompt, String name, String code) {
        for (SelectChoice choice : prompt.getSelectChoices()) {
            if (choice.getValue().equals(code)) {
                return choice.selection();
            }
        }
        throw new IllegalArgumentException("the form does not offer " + code + " for " + name);
    }

    private IAnswerData invent(FormEntryPrompt prompt) {
        switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE:
                return chooseOne(prompt.getSelectChoices());
            case Constants.CONTROL_SELECT_MULTI:
                return chooseSome(prompt.getSelectChoices());
            case Constants.CONTROL_RANK:
                return rank(prompt.getSelectChoices());
            case Constants.CONTROL_TRIGGER:
                return new StringData("OK");
            case Constants.CONTROL_RANGE:
                return inRange(prompt);
            case Constants.CONTROL_INPUT:
                return write(prompt.getDataType());
            default:
                return prompt.isRequired() ? new StringData(random.nextInt(1_000_000) + ".jpg") : null;
        }
    }

    private IAnswerData chooseOne(List<SelectChoice> choices) {
        return choices.isEmpty() ? null : new SelectOneData(choices.get(random.nextInt(choices.size())).selection());
    }

    private IAnswerData chooseSome(List<SelectChoice> choices) {
        List<Selection> chosen = new ArrayList<>();
        int share = 1 + random.nextInt(3);
        for (SelectChoice choice : choices) {
            if (random.nextInt(4) < share) {
                chosen.add(choice.selection());
            }
        }
        if (chosen.isEmpty() && !choices.isEmpty()) {
            chosen.add(choices.get(random.nextInt(choices.size())).selection());
        }
        return chosen.isEmpty() ? null : new MultipleItemsData(chosen);
    }

    private IAnswerData rank(List<SelectChoice> choices) {
        List<Selection> order = new ArrayList<>();
        choices.forEach(choice -> order.add(choice.selection()));
        Collections.shuffle(order, random);
        return order.isEmpty() ? null : new MultipleItemsData(order);
    }

    private IAnswerData inRange(FormEntryPrompt prompt) {
        RangeQuestion range = (RangeQuestion) prompt.getQuestion();
        BigDecimal step = range.getRangeStep().abs();
        BigDecimal low = range.getRangeStart().min(range.getRangeEnd());
        int steps = range.getRangeStart().subtract(range.getRangeEnd()).abs().divideToIntegralValue(step).intValue();
        BigDecimal value = low.add(step.multiply(BigDecimal.valueOf(random.nextInt(steps + 1))));
        return prompt.getDataType() == Constants.DATATYPE_INTEGER
            ? new IntegerData(value.intValue())
            : new DecimalData(value.doubleValue());
    }

    private IAnswerData write(int type) {
        switch (type) {
            case Constants.DATATYPE_INTEGER:
                return new IntegerData(number());
            case Constants.DATATYPE_LONG:
                return new LongData(number());
            case Constants.DATATYPE_DECIMAL:
                return new DecimalData(number() + random.nextInt(8) / 8.0);
            case Constants.DATATYPE_DATE:
                return new DateData(day());
            case Constants.DATATYPE_DATE_TIME:
                return new DateTimeData(new Date(day().getTime() + random.nextInt(86_400) * 1000L));
            case Constants.DATATYPE_TIME:
                return new TimeData(new Date(random.nextInt(86_400) * 1000L));
            case Constants.DATATYPE_GEOPOINT:
                return new GeoPointData(place());
            case Constants.DATATYPE_GEOTRACE:
                return new GeoTraceData(new GeoTraceData.GeoTrace(places(false)));
            case Constants.DATATYPE_GEOSHAPE:
                return new GeoShapeData(new GeoShapeData.GeoShape(places(true)));
            default:
                return new StringData(texts.get(random.nextInt(texts.size())));
        }
    }

    private double[] place() {
        return new double[] {random.nextInt(90), random.nextInt(180), 0, 5};
    }

    private ArrayList<double[]> places(boolean closed) {
        ArrayList<double[]> found = new ArrayList<>(List.of(place(), place(), place()));
        if (closed) {
            found.add(found.get(0));
        }
        return found;
    }

    private int number() {
        int[] bounds = {2, 7, 20, 120, 5_000};
        int value = random.nextInt(bounds[random.nextInt(bounds.length)]);
        return random.nextInt(12) == 0 ? -value : value;
    }

    private Date day() {
        int[] spans = {1, 30, 400, 8_000};
        int back = random.nextInt(spans[random.nextInt(spans.length)]);
        LocalDate day = random.nextInt(8) == 0 ? today.plusDays(back) : today.minusDays(back);
        return at(day);
    }

    private static Date at(LocalDate day) {
        return new GregorianCalendar(day.getYear(), day.getMonthValue() - 1, day.getDayOfMonth()).getTime();
    }

    private static void collect(TreeElement element, String above, ObjectNode relevant) {
        if (element.getMult() == TreeReference.INDEX_TEMPLATE) {
            return;
        }
        String path = above + "/" + element.getName() + (element.isRepeatable() ? "[" + (element.getMult() + 1) + "]" : "");
        relevant.put(path, element.isRelevant());
        for (int index = 0; index < element.getNumChildren(); index++) {
            collect(element.getChildAt(index), path, relevant);
        }
    }

    private static void serveMedia(File folder) {
        ReferenceManager manager = ReferenceManager.instance();
        manager.reset();
        for (String scheme : new String[] {"file", "file-csv", "images", "audio", "video"}) {
            manager.addReferenceFactory(new PrefixedRootFactory(new String[] {scheme + "/"}) {
                @Override
                protected Reference factory(String terminal, String uri) {
                    return new MediaFile(new File(folder, terminal), uri);
                }
            });
        }
    }
}

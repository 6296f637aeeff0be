/** Plain words of daily life, 128 of each language, none of them about children or about our work. Six make a passphrase. */
const EN = `
apple arrow autumn bakery bamboo banana basket beach bicycle blanket boat bottle branch bread bridge brush bucket button
cabbage camel candle canyon carpet carrot castle cedar cheese cherry circle clay cloud clover coast cobbler coconut copper
corner cotton cousin cradle cricket cup curtain daisy desert dinner dolphin donkey drum eagle echo engine evening falcon
farmer feather fence field finger flame flour flute forest fountain fox garden garlic ginger goat grape guitar hammer
harbour hazel hill honey horse island jacket jungle kettle ladder lake lamp lantern lemon letter lizard mango maple market
melon mirror moon mountain needle noodle oasis ocean olive onion orange owl oven paddle palm paper parrot peanut pebble pepper
pillow planet potato pumpkin rabbit rain ribbon river rocket saddle salt sand seed silver spoon table thread`;
const FR = `
abeille agneau aiguille ananas arbre argile assiette automne avion balai balcon banane barque bateau bois boulanger bouteille
bouton brique brosse cabane cadeau cahier camion canard cannelle carotte carrefour casserole cerise chaise chameau champ
chapeau chariot charbon chat chemin cheval citron clou coq corde coton coude couleur couverture crayon cuivre datte dauphin
dentelle dessin dimanche dune eau échelle enclume fable farine fenêtre feuille ficelle figue flamme fleur fontaine forge four
fourmi fraise fromage fruit galet gare girafe gomme grange guitare hamac herbe hibou horloge huile jardin jarre laine lampe
lapin lavande lessive lettre lune maison mangue manteau marbre marteau matin melon menthe meule miel miroir montagne mouton
moulin navire neige noix nuage olive orage orange panier papier pierre pinceau plage pluie poivre pomme pont porte puits rivière sable tapis`;
const ES = `
abeja abrigo aceite aguja ajo alfombra algodón almohada arado arcilla arena arroz avena avión azúcar balcón ballena banco
barca barro bicicleta bosque botella botón brisa burro caballo cabra café caja calabaza camello camino campana canasta canela
canoa cantera caracol carbón carreta carta cebolla cedro cereza cesta chocolate cielo ciruela cobre cocina cometa conejo
corcho cuaderno cuchara cuerda delfín desierto domingo dulce durazno escalera escoba espejo estrella faro farol fideo flauta
flor fogata fresa fruta fuente gallina ganso garbanzo girasol gorra granja grillo guitarra hacha harina helado hierba higo
hilo hoguera hoja hormiga horno huerta isla jabón jardín jirafa lago lámpara lana lápiz leche leña libro limón lluvia loro
luna madera maíz mango manta manzana mar mariposa martillo melón mercado mesa miel molino montaña naranja nido nieve nube olla`;
const AR = `
تفاح موز برتقال ليمون عنب تين زيتون رمان نخلة تمر قمح شعير خبز جبن حليب عسل سكر ملح فلفل بصل ثوم جزر خيار بطاطا
نهر بحر جبل واد سهل صحراء غابة شجرة ورقة زهرة ياسمين نرجس ريحان نعناع قمر شمس نجمة غيمة مطر ثلج ريح ضباب صباح مساء
ربيع صيف خريف شتاء بيت باب نافذة سقف جدار سلم حديقة بئر جسر طريق سوق دكان قارب سفينة قطار دراجة عربة حصان جمل خروف
ماعز دجاجة بطة عصفور صقر حمامة نحلة فراشة نملة سمكة أرنب غزال زرافة فيل قطة سلحفاة مصباح شمعة مرآة كرسي طاولة سجادة وسادة
إبريق كوب صحن ملعقة قدر فرن مكنسة حبل إبرة خيط زر قبعة معطف حذاء قفاز ساعة كتاب قلم دفتر رسالة لوحة لون أحمر أخضر
أزرق أبيض فضة نحاس حجر رمل طين خشب قطن`;

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

export const WORDS: Readonly<Record<string, readonly string[]>> = { en: split(EN), fr: split(FR), es: split(ES), ar: split(AR) };
